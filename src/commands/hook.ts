import { boundCapabilities } from "../apply/capabilityBound.ts";
import { addCompiledFilter } from "../apply/compiledFilter.ts";
import { guardExec } from "../apply/execGuard.ts";
import type { Change } from "../edit.ts";
import { FAILED, problemsOf, UserError } from "../errors.ts";
import type { RuntimeFacts } from "../facts.ts";
import { markPrepared } from "../host/bundle.ts";
import { remembering } from "../host/remembered.ts";
import { findInstalled } from "../host/runtime.ts";
import { parseSpec } from "../host/specText.ts";
import { formatJson } from "../oci/json.ts";
import { hasOwnUser } from "../oci/preparedProcess.ts";
import type { Seccomp, Spec } from "../oci/spec.ts";
import type { State } from "../oci/state.ts";
import type { Context, Owned } from "../plan.ts";
import { callerPid } from "../sys/caller.ts";
import { readInput } from "../sys/files.ts";
import { compileForAll } from "../sys/libseccomp.ts";
import { complainThrough } from "../sys/otherProcess.ts";
import { print } from "../sys/output.ts";
import { readAsked } from "./asked.ts";
import { prepareContainer } from "./container.ts";
import { openRegistryAt } from "./engineRegistry.ts";
import { ownPlace, type Place, placeOfKey, trustPlace } from "./place.ts";
import { giveBack } from "./release.ts";
import { rulesOrDefault } from "./rules.ts";

const STAGES: Readonly<Record<string, () => Promise<void>>> = { precreate, poststop };

/** `dynuser hook precreate|poststop`: podman's own stages of oci-hooks(5). */
export async function callHook([stage, ...rest]: readonly string[]): Promise<number> {
  const act = STAGES[stage ?? ""];
  if (act === undefined || rest.length > 0) throw new UserError("dynuser hook: expected precreate or poststop");
  try {
    await act();
    return 0;
  } catch (error) {
    // podman throws away what a hook says; its own standard error is where a person looks.
    for (const problem of problemsOf(error) ?? [String(error)]) complainThrough(callerPid(), problem);
    return FAILED;
  }
}

/** The spec comes on standard input and goes, changed, to standard output. */
async function precreate(): Promise<void> {
  const text = readInput();
  const spec = parseSpec(text, "config.json");
  const id = findId(spec);
  const place = placeOfKey(ownPlace(), keyOf(id));
  trustPlace(place);
  const asked = await readAsked(spec, { engine: "podman" }, place.cache);
  if (asked === undefined) return print(text);
  const engine = "podman" as const;
  const creation = {
    id,
    spec,
    asked,
    engine,
    place,
    rootfs: rootfsOf(spec),
    runtime: UNKNOWN_RUNTIME,
    isEndTold: true,
    pid: callerPid(),
  };
  prepareContainer({ ...creation, changes: refuseReplacedLimits }, (changed) =>
    print(formatJson(markPrepared(compiled(keptToUser(spec, changed), place.cache), place.key))),
  );
}

/** Where the user is the engine's own, exec is its matter as well. */
function keptToUser({ process: before }: Spec, changed: Spec): Spec {
  const { process: after } = changed;
  if (before !== undefined && after !== undefined && !hasOwnUser({ before, after })) return changed;
  if (before?.noNewPrivileges === true) refuseOwnPrivileges();
  return guardExec(boundCapabilities(changed));
}

/**
 * Whichever crun is going to run would make the same of the profile, as long as the calls in it are known to the one that
 * is installed; another runtime does not look at it.
 */
function compiled(spec: Spec, cache: string): Spec {
  const runtime = findInstalled("crun", cache);
  const library = runtime?.libseccomp;
  if (library === undefined) return spec;
  // not what is remembered for this crun alone
  const facts = { runtime: { ...runtime!, libseccomp: { ...library, edition: `any crun, ${library.edition}` } } };
  const compileFilter = (seccomp: Seccomp) => compileForAll(seccomp, library.path);
  const joined = { seccomp: spec.linux?.seccomp, isEngines: true } as const;
  return addCompiledFilter(spec, joined, { ...facts, compileFilter, remember: remembering(cache) });
}

/** podman runs it for every end of a container, whether it was prepared or not. */
async function poststop(): Promise<void> {
  const { id } = JSON.parse(readInput()) as State;
  const { own, key, cache }: Place = placeOfKey(ownPlace(), keyOf(id));
  giveBack(key, own, openRegistryAt(own, await rulesOrDefault(cache)));
}

/** The hook does not learn which runtime is going to run: what only some of them can do is not used. */
const UNKNOWN_RUNTIME: RuntimeFacts = { path: "/usr/bin/crun", name: "other", version: "", idMappedMounts: false };

function keyOf(id: string): string {
  return `podman:${id}`;
}

/** podman names the cgroup after the container, and its own files lie in a directory of that name. */
function findId({ linux, mounts = [] }: Spec): string {
  const places = [linux?.cgroupsPath ?? "", ...mounts.map(({ source }) => source ?? "")];
  const id = places.map((place) => /(?:^|[-/:])([0-9a-f]{64})(?:\/userdata\/|\/?$)/.exec(place)?.[1]).find(Boolean);
  if (id !== undefined) return id;
  throw new UserError("cannot find the container's ID: found it neither in its cgroup nor in its mounts");
}

function rootfsOf({ root }: Spec): string {
  if (root?.path.startsWith("/")) return root.path;
  throw new UserError("cannot prepare the container: its config has no absolute root");
}

/** The filter that keeps `podman exec` from becoming root is loaded after the change of users then. */
function refuseOwnPrivileges(): never {
  throw new UserError(
    "cannot keep exec to the container's user: found --security-opt no-new-privileges, expected it to be left out, as the dynamic user has it anyway, or dynuser as the runtime",
  );
}

/** podman writes both after the hook. */
function refuseReplacedLimits({ service }: Context): readonly Owned<Change>[] {
  for (const [{ name }] of service.entries()) {
    if (name !== "LimitNOFILE" && name !== "LimitNPROC") continue;
    throw new UserError(`cannot honour ${name}= through podman's hook: expected --ulimit, or dynuser as the runtime`);
  }
  return [];
}
