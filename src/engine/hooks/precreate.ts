import { addCompiledFilter } from "../../apply/seccomp/compiledFilter.ts";
import { rulesOrDefault } from "../../config/identityRules.ts";
import { FAILED, problemsOf, UserError } from "../../errors.ts";
import { memoize } from "../../host/cache/resultCache.ts";
import { findInstalled } from "../../host/runtime.ts";
import type { RuntimeFacts } from "../../model/facts.ts";
import { formatJson } from "../../oci/json.ts";
import type { Seccomp, Spec } from "../../oci/spec.ts";
import type { State } from "../../oci/state.ts";
import { hasOwnUser } from "../../start/preparedProcess.ts";
import { openRegistryAt } from "../../start/registry.ts";
import { readInput } from "../../sys/files/files.ts";
import { compileForAll } from "../../sys/libseccomp/libseccomp.ts";
import type { Client } from "../../sys/process/client.ts";
import { writeErrorTo } from "../../sys/process/errorOutput.ts";
import { print } from "../../sys/process/output.ts";
import { prepareContainer } from "../container.ts";
import { readCreation } from "../creation.ts";
import { type ContainerPaths, pathsOfKey, stateDirectory } from "../record/location.ts";
import { releaseContainer } from "../release.ts";
import { markPrepared } from "../request/bundle.ts";
import { parseSpec } from "../request/specText.ts";
import { boundCapabilities } from "../runtime/capabilityBound.ts";
import { findContainerId } from "./containerId.ts";
import { HOOKS_DOOR } from "./door.ts";
import { guardExec } from "./execGuard.ts";

const STAGES: Readonly<Record<string, (client: Client) => Promise<void>>> = { precreate, poststop };

/** `dynuser hook precreate|poststop`: podman's own stages of oci-hooks(5). */
export async function callHook([stage, ...rest]: readonly string[], client: Client): Promise<number> {
  const act = STAGES[stage ?? ""];
  if (act === undefined || rest.length > 0) throw new UserError("dynuser hook: expected precreate or poststop");
  try {
    await act(client);
    return 0;
  } catch (error) {
    // podman discards a hook's standard error; podman's own reaches the user.
    for (const problem of problemsOf(error) ?? [String(error)]) writeErrorTo(client.parent, problem);
    return FAILED;
  }
}

/** The spec comes on standard input and goes, changed, to standard output. */
async function precreate(client: Client): Promise<void> {
  const text = readInput();
  const spec = parseSpec(text, "config.json");
  const id = findContainerId(spec);
  const paths = pathsOfKey(stateDirectory(), keyOf(id));
  const creation = await readCreation({
    id,
    spec,
    paths,
    client,
    caller: { engine: "podman" },
    rootfs: () => rootfsOf(spec),
    runtime: () => UNKNOWN_RUNTIME,
    engineReportsExit: true,
    door: HOOKS_DOOR,
  });
  if (creation === undefined) return print(text);
  prepareContainer(creation, (changed) =>
    print(formatJson(markPrepared(compiled(keptToUser(spec, changed), paths.cache), paths.key))),
  );
}

/** A container that keeps the engine's user keeps the engine's exec too. */
function keptToUser({ process: before }: Spec, changed: Spec): Spec {
  const { process: after } = changed;
  if (before !== undefined && after !== undefined && !hasOwnUser({ before, after })) return changed;
  return guardExec(boundCapabilities(changed));
}

/**
 * Every crun compiles the profile to the same program as long as the installed libseccomp knows its calls; another
 * runtime ignores the program.
 */
function compiled(spec: Spec, cache: string): Spec {
  const runtime = findInstalled("crun", cache);
  const library = runtime?.libseccomp;
  if (library === undefined) return spec;
  // not the program cached for this crun alone
  const facts = { runtime: { ...runtime!, libseccomp: { ...library, edition: `any crun, ${library.edition}` } } };
  const compileFilter = (seccomp: Seccomp) => compileForAll(seccomp, library.path);
  const joined = { seccomp: spec.linux?.seccomp, isEngines: true } as const;
  return addCompiledFilter(spec, joined, { ...facts, compileFilter, memoize: memoize(cache) });
}

/** podman runs it at every container's end, prepared or not. */
async function poststop(client: Client): Promise<void> {
  const { id } = JSON.parse(readInput()) as State;
  const { stateDir, key, cache }: ContainerPaths = pathsOfKey(stateDirectory(), keyOf(id));
  releaseContainer(key, stateDir, openRegistryAt(stateDir, await rulesOrDefault(cache), client));
}

/** The hook does not know which runtime will be called, so it uses nothing that only some of them support. */
const UNKNOWN_RUNTIME: RuntimeFacts = { path: "/usr/bin/crun", name: "other", version: "", idMappedMounts: false };

function keyOf(id: string): string {
  return `podman:${id}`;
}

function rootfsOf({ root }: Spec): string {
  if (root?.path.startsWith("/")) return root.path;
  throw new UserError("cannot prepare the container: its config has no absolute root");
}
