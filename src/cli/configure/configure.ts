import { resolve } from "node:path";
import type { Options } from "../../console/options.ts";
import { findScript, scriptPlaces } from "../../engine/libexec.ts";
import { quote, UserError } from "../../errors.ts";
import { listDirectory, tryReadText } from "../../sys/files/files.ts";
import { print, printError } from "../../sys/process/output.ts";
import { joinWords } from "../../values/choice.ts";
import { didYouMean } from "../../values/suggestion.ts";
import { applyChanges, removeCopies, revertChanges } from "./apply.ts";
import { containerd } from "./containerd.ts";
import { crio } from "./crio.ts";
import { formatDiff } from "./diff.ts";
import { docker } from "./docker.ts";
import { MissingLines } from "./managed.ts";
import { podman } from "./podman.ts";
import { findProgram } from "./program.ts";
import type { Configured, FileChange, Registration, Setup } from "./setup.ts";

const SETUPS: ReadonlyMap<string, Setup> = new Map([
  ["containerd", containerd],
  ["crio", crio],
  ["docker", docker],
  ["podman", podman],
]);

interface Engine {
  readonly setup: Setup;
  readonly configured: Configured;
  readonly registration: Registration;
}

/** Registers the runtime with an engine; never restarts the engine, but prints how. */
export function configureRuntime(options: Options): number {
  try {
    configure(findEngine(options), options);
  } catch (error) {
    if (error instanceof MissingLines) print(error.lines);
    throw error;
  }
  return 0;
}

/** Unregisters the runtime. */
export function unconfigureRuntime(options: Options): number {
  unconfigure(findEngine(options), options);
  return 0;
}

function findEngine(options: Options): Engine {
  const name = options.get("engine") ?? "";
  const setup = SETUPS.get(name);
  if (setup === undefined) {
    const engines = [...SETUPS.keys()];
    throw new UserError(
      `cannot read --engine: found ${quote(name)}, expected ${joinWords(engines)}${didYouMean(name, engines)}`,
    );
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
    path: scriptOf(options.get("runtime") ?? installedRuntime(setup)),
    isDefault: options.has("default"),
  };
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(registration.name) || ["runc", "crun"].includes(registration.name)) {
    throw new UserError(
      `cannot use the name ${quote(registration.name)}: expected small letters, digits and -, and neither runc nor crun (--name)`,
    );
  }
  return { setup, configured, registration };
}

/** The first that is installed; the engine's default where none is. */
function installedRuntime({ runtimes }: Setup): string {
  return runtimes.find((name) => findProgram(name) !== undefined) ?? runtimes[0]!;
}

/** The runtime script of this installation: as built, or as installed below a prefix. */
function scriptOf(runtime: string): string {
  const place = /^(?:crun|runc)$/.test(runtime) ? findScript(runtime) : undefined;
  if (place !== undefined) return place;
  const places = scriptPlaces(runtime).join(", ");
  throw new UserError(`cannot read --runtime: found ${quote(runtime)}, expected crun or runc (looked in ${places})`);
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
  if (checked.kind === "unknown") printError("the engine could not be asked whether it sees the change");
  printRestart(setup);
}

function unconfigure({ setup, configured, registration }: Engine, options: Options): void {
  const users = setup.users(registration, configured);
  if (users.length > 0) {
    const some = users.slice(0, 3).map((id) => id.slice(0, 12));
    throw new UserError(
      `cannot unregister ${registration.name}: found ${users.length} containers that use it (${some.join(", ")}${users.length > 3 ? ", …" : ""}), expected none, because they could no longer be stopped`,
    );
  }
  const changes = setup.unregister(configured, registration.name);
  if (!show(changes, options)) return;
  applyChanges(changes, configured.read);
  removeCopies(changes, configured.read);
  printRestart(setup);
}

/** Prints the changes; true if they should be applied. */
function show(changes: readonly FileChange[], options: Options): boolean {
  if (changes.length === 0) print("nothing to change");
  for (const change of changes) print(formatDiff(change));
  return changes.length > 0 && !options.has("dry-run");
}

function printRestart({ restart }: Setup): void {
  print(restart === undefined ? "in force at once" : `in force after: ${restart}`);
}
