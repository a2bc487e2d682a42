import { attributesOf } from "../attribute.ts";
import type { Hook, Spec } from "../oci/spec.ts";

/** What the container's own hooks need to know. */
export interface HookPlaces {
  /** Our binary; absolute. */
  readonly binary: string;
  readonly key: string;
  /** Where the state goes that the runtime tells when init runs. */
  readonly state: string;
  readonly environment: Readonly<Record<string, string>>;
  /** A runtime older than createRuntime knows only prestart. */
  readonly stage: "createRuntime" | "prestart";
}

/** Binding the lease to the container's init needs no program of ours: the state on standard input is put away. */
export function addHooks(spec: Spec, { binary, key, state, environment, stage }: HookPlaces): Spec {
  const env = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const bind: Hook = { path: "/bin/dd", args: ["dd", "status=none", `of=${state}`], env, timeout: 10 };
  const attributes: Hook = { path: binary, args: ["dynuser", "attributes"], env, timeout: 60 };
  const started = attributesOf(spec.annotations).length === 0 ? [bind] : [bind, attributes];
  const release: Hook = { path: binary, args: ["dynuser", "release", key], env, timeout: 60 };
  const { hooks = {} } = spec;
  return {
    ...spec,
    hooks: { ...hooks, [stage]: [...(hooks[stage] ?? []), ...started], poststop: [...(hooks.poststop ?? []), release] },
  };
}
