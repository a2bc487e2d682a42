import { type Directive, directive } from "../directive.ts";
import type { Condition, FilterRule } from "../filter.ts";
import { isBind, isReadOnly } from "../oci/mountOptions.ts";
import type { Mount } from "../oci/spec.ts";
import type { Context } from "../plan.ts";
import { boolean } from "../values/boolean.ts";
import { BindPaths } from "./bindPaths.ts";
import { ReadWritePaths } from "./readWritePaths.ts";

const EPERM = 1;
const ENOSYS = 38;
const O_CREAT = 0o100n;
const SET_ID_BITS = [0o4000n, 0o2000n] as const;

/** Calls by the argument that carries a mode (src/shared/seccomp-util.c, seccomp_restrict_suid_sgid). */
const MODES: readonly { readonly calls: readonly string[]; readonly mode: number; readonly flags?: number }[] = [
  { calls: ["chmod", "fchmod", "mkdir", "mknod", "creat"], mode: 1 },
  { calls: ["fchmodat", "fchmodat2", "mkdirat", "mknodat"], mode: 2 },
  { calls: ["open"], mode: 2, flags: 1 },
  { calls: ["openat"], mode: 3, flags: 2 },
];

export const RestrictSUIDSGID: Directive<boolean> = directive({
  name: "RestrictSUIDSGID",
  summary: "Refuses to set the set-user-ID and set-group-ID bits of files",
  value: boolean,
  support: "partial",
  effect: "takes",
  deviation:
    "where DynamicUser= alone brings it and nothing outside of the service's own directories can be written, openat2(2) stays allowed",
  *plan(enabled, context) {
    if (!enabled) return;
    const isImplied = context.service.impliedBy(RestrictSUIDSGID) !== undefined;
    const rules = isImplied && !canReachOthers(context) ? modeRules() : [...modeRules(), OPENAT2];
    yield { kind: "seccomp", filter: { name: "RestrictSUIDSGID", otherwise: { action: "allow" }, rules } };
  },
});

/**
 * A set-user-ID file on such a path would be there for everybody on the host, and would outlive the user; nosuid holds
 * in the container only. The service's own directories are behind private/.
 */
function canReachOthers({ service, spec, facts }: Context): boolean {
  return (
    service.get(ReadWritePaths) !== undefined ||
    service.get(BindPaths) !== undefined ||
    (spec.mounts ?? []).some((mount) => isHostDirectory(mount, facts))
  );
}

/** A directory of the host that the engine shows and that can be written. */
function isHostDirectory(mount: Mount, { host }: Context["facts"]): boolean {
  const { source, destination } = mount;
  const isSystem = /^\/(?:dev|proc|sys)(?:\/|$)/.test(destination);
  return isBind(mount) && !isSystem && !isReadOnly(mount) && host.look(source ?? "/").type === "directory";
}

/** Its mode is in memory, where a filter cannot look; programs then use openat(2). */
const OPENAT2: FilterRule = { calls: ["openat2"], verdict: { action: "errno", errno: ENOSYS } };

function modeRules(): readonly FilterRule[] {
  return MODES.flatMap(({ calls, mode, flags }) =>
    SET_ID_BITS.map((bit) => ({
      calls,
      when: [...(flags === undefined ? [] : [hasBits(flags, O_CREAT)]), hasBits(mode, bit)],
      verdict: { action: "errno", errno: EPERM } as const,
    })),
  );
}

function hasBits(argument: number, bits: bigint): Condition {
  return { argument, mask: bits, value: bits };
}
