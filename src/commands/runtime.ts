import { resolve } from "node:path";
import { quote, UserError } from "../errors.ts";
import { findScript, scriptPlaces } from "../host/libexec.ts";
import { listDirectory, tryReadText } from "../sys/files.ts";
import { complain, print } from "../sys/output.ts";
import { applyChanges, removeCopies, revertChanges } from "./engines/apply.ts";
import { containerd } from "./engines/containerd.ts";
import { crio } from "./engines/crio.ts";
import { formatDiff } from "./engines/diff.ts";
import { docker } from "./engines/docker.ts";
import { podman } from "./engines/podman.ts";
import type { Configured, FileChange, Registration, Setup } from "./engines/setup.ts";
import type { Options } from "./options.ts";

const SETUPS: ReadonlyMap<string, Setup> = new Map([
  ["containerd", containerd],
  ["crio", crio],
  ["docker", docker],
  ["podman", podman],
]);

const ACTIONS: ReadonlyMap<string, (engine: Engine, options: Options) => void> = new Map([
  ["configure", configure],
  ["unconfigure", unconfigure],
]);

interface Engine {
  readonly setup: Setup;
  readonly configured: Configured;
  readonly registration: Registration;
}

/** Registers our runtime with an engine, or takes it back. Never restarts one: says how. */
export function configureRuntime(options: Options): number {
  const [action = "", ...more] = options.rest;
  const act = ACTIONS.get(action);
  if (act === undefined) {
    throw new UserError(`dynuser runtime: found ${quote(action)}, expected configure or unconfigure`);
  }
  if (more.length > 0) {
    throw new UserError(`dynuser runtime ${action}: found ${quote(more[0]!)}, expected options alone`);
  }
  act(findEngine(options), options);
  return 0;
}

function findEngine(options: Options): Engine {
  const name = options.get("engine") ?? "";
  const setup = SETUPS.get(name);
  if (setup === undefined) {
    throw new UserError(`cannot find engine ${quote(name)}: expected ${[...SETUPS.keys()].join(", ")} (--engine)`);
  }
  const path = resolve(options.get("config") ?? setup.defaultPath);
  const configured: Configured = {
    path,
    read: tryReadText,
    list: (directory) =>
      listDirectory(directory)
        .toSorted()
        .map((file) => `${directory}/${file}`),
    dump: setup.dump(path),
    majorVersion: setup.majorVersion(),
  };
  const registration = {
    name: options.get("name") ?? "dynuser",
    path: trampoline(options.get("runtime") ?? "runc"),
    isDefault: options.has("default"),
  };
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(registration.name) || ["runc", "crun"].includes(registration.name)) {
    throw new UserError(
      `cannot use the name ${quote(registration.name)}: expected small letters, digits and -, and neither runc nor crun (--name)`,
    );
  }
  return { setup, configured, registration };
}

/** The one beside this program: as built, or as installed below a prefix. */
function trampoline(runtime: string): string {
  const place = /^(?:crun|runc)$/.test(runtime) ? findScript(runtime) : undefined;
  if (place !== undefined) return place;
  const places = scriptPlaces(runtime).join(", ");
  throw new UserError(`cannot find our ${runtime}: looked in ${places}, expected crun or runc (--runtime)`);
}

function configure({ setup, configured, registration }: Engine, options: Options): void {
  const changes = setup.register(configured, registration);
  if (!show(changes, options)) return;
  applyChanges(changes, configured.read);
  const checked = setup.check(configured.path, registration, configured.dump);
  if (checked.kind === "wrong") {
    revertChanges(changes);
    throw new UserError(
      `cannot register ${registration.name}: the engine sees ${checked.found}; its files are as before`,
    );
  }
  if (checked.kind === "unknown") complain("the engine could not be asked whether it sees the change");
  tellRestart(setup);
}

function unconfigure({ setup, configured, registration }: Engine, options: Options): void {
  const users = setup.users(registration, configured);
  if (users.length > 0) {
    const some = users.slice(0, 3).map((id) => id.slice(0, 12));
    throw new UserError(
      `cannot take ${registration.name} from the engine: found ${users.length} containers that use it (${some.join(", ")}${users.length > 3 ? ", …" : ""}), expected none, as nobody could stop them any more`,
    );
  }
  const changes = setup.unregister(configured, registration.name);
  if (!show(changes, options)) return;
  applyChanges(changes, configured.read);
  removeCopies(changes, configured.read);
  tellRestart(setup);
}

/** Whether anything is to be done. */
function show(changes: readonly FileChange[], options: Options): boolean {
  if (changes.length === 0) print("nothing to change");
  for (const change of changes) print(formatDiff(change));
  return changes.length > 0 && !options.has("dry-run");
}

function tellRestart({ restart }: Setup): void {
  print(restart === undefined ? "in force at once" : `in force after: ${restart}`);
}
