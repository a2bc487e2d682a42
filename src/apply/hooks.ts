import { attributesOf } from "../attribute.ts";
import type { Hook, Spec } from "../oci/spec.ts";

/** What the container's own hooks need to know. */
export interface HookPlaces {
  /** What runs a command of ours; absolute. */
  readonly program: string;
  readonly key: string;
  /** Where the state goes that the runtime tells when init runs. */
  readonly state: string;
  readonly environment: Readonly<Record<string, string>>;
  /** A runtime older than createRuntime knows only prestart. */
  readonly stage: "createRuntime" | "prestart";
  /**
   * Absent where the runtime may be crun: with a limit it waits for SIGCHLD (src/libcrun/utils.c,
   * run_process_with_stdin_timeout_envp), and when another child of it ends at the same moment it hears of one only, waits
   * the whole limit and fails. Our hooks end by themselves.
   */
  readonly timeoutSeconds?: number;
  /** The engine itself calls us at the container's end. */
  readonly isEndTold?: boolean;
}

/** Binding the lease to the container's init needs no program of ours: the state on standard input is put away. */
export function addHooks(spec: Spec, places: HookPlaces): Spec {
  const { program, key, state, environment, stage, timeoutSeconds, isEndTold } = places;
  const common = {
    env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ...(timeoutSeconds !== undefined && { timeout: timeoutSeconds }),
  };
  const bind: Hook = { path: "/bin/dd", args: ["dd", "status=none", `of=${state}`], ...common };
  const attributes: Hook = { path: program, args: ["dynuser", "attributes"], ...common };
  const started = attributesOf(spec.annotations).length === 0 ? [bind] : [bind, attributes];
  const release: Hook = { path: program, args: ["dynuser", "release", key], ...common };
  const { hooks = {} } = spec;
  return {
    ...spec,
    hooks: {
      ...hooks,
      [stage]: [...(hooks[stage] ?? []), ...started],
      ...(isEndTold !== true && { poststop: [...(hooks.poststop ?? []), release] }),
    },
  };
}
