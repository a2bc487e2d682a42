import { attributesOf } from "../../model/attribute.ts";
import { networkRulesOf } from "../../model/networkRule.ts";
import type { Hook, Spec } from "../../oci/spec.ts";

/** Parameters of the container's hooks. */
export interface HookPlaces {
  /** Absolute path of the program that runs dynuser's commands. */
  readonly program: string;
  readonly key: string;
  /** The file, made before, that gets the PID of the container's init; absent where the runtime's own state has it. */
  readonly init?: string;
  readonly environment: Readonly<Record<string, string>>;
  /** prestart for a runtime older than createRuntime. */
  readonly stage: "createRuntime" | "prestart";
  /**
   * Absent where the runtime may be crun: with a limit it waits for SIGCHLD (src/libcrun/utils.c,
   * run_process_with_stdin_timeout_envp); when another of its children ends at the same moment it receives one signal only,
   * waits for the whole limit and fails. The hooks end by themselves.
   */
  readonly timeoutSeconds?: number;
  /** The engine itself runs a hook of dynuser at the container's end. */
  readonly engineReportsExit?: boolean;
}

export function addHooks(spec: Spec, places: HookPlaces): Spec {
  const { program, key, init, environment, stage, timeoutSeconds, engineReportsExit } = places;
  const common = {
    env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ...(timeoutSeconds !== undefined && { timeout: timeoutSeconds }),
  };
  const bind: Hook = { path: "/bin/sed", args: ["sed", "-n", `${SELECT_PID}w ${init}`], ...common };
  const attributes: Hook = { path: program, args: ["dynuser", "attributes"], ...common };
  const started = [...(init === undefined ? [] : [bind]), ...(needsAttributes(spec) ? [attributes] : [])];
  const release: Hook = { path: program, args: ["dynuser", "release", key], ...common };
  const { hooks = {} } = spec;
  return {
    ...spec,
    hooks: {
      ...hooks,
      ...(started.length > 0 && { [stage]: [...(hooks[stage] ?? []), ...started] }),
      ...(engineReportsExit !== true && { poststop: [...(hooks.poststop ?? []), release] }),
    },
  };
}

function needsAttributes({ annotations }: Spec): boolean {
  return attributesOf(annotations).length + networkRulesOf(annotations).length > 0;
}

/**
 * Selects the PID of the state on standard input, which may hold secrets in its annotations. JSON escapes quotes within
 * texts, and annotations are texts, so no other member has this form.
 */
const SELECT_PID = 's/^.*"pid": *\\([0-9][0-9]*\\).*$/\\1/';
