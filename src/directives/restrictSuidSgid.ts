import type { Context } from "../model/directive.ts";
import { type Directive, directive } from "../model/directive.ts";
import { ALLOW, type Condition, type FilterRule } from "../model/filter.ts";
import { grade } from "../model/suggestion.ts";
import { isBind, isReadOnly } from "../oci/mountOptions.ts";
import type { Mount } from "../oci/spec.ts";
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
  summary: "Denies setting the set-user-ID and set-group-ID bits of files",
  value: boolean,
  support: "partial",
  effect: "restricts",
  suggest: { rank: 19, ...grade("yes") },
  deviation:
    "if it is only implied by DynamicUser= and nothing outside the service's directories is writable, openat2(2) stays allowed",
  filter: {
    order: 50,
    rules(enabled, context) {
      if (!enabled) return undefined;
      const isImplied = context.service.impliedBy(RestrictSUIDSGID) !== undefined;
      const rules = isImplied && !canReachOthers(context) ? modeRules() : [...modeRules(), OPENAT2];
      return { defaultAction: ALLOW, rules };
    },
  },
});

/**
 * A set-user-ID file on such a path could be executed by all users of the host and would outlive the user; nosuid
 * applies in the container only. The service's directories are below private/, which other users cannot enter.
 */
function canReachOthers({ service, spec, facts }: Context): boolean {
  return (
    service.get(ReadWritePaths) !== undefined ||
    service.get(BindPaths) !== undefined ||
    (spec.mounts ?? []).some((mount) => isHostDirectory(mount, facts))
  );
}

/** A writable bind mount of a directory of the host. */
function isHostDirectory(mount: Mount, { host }: Context["facts"]): boolean {
  const { source, destination } = mount;
  const isSystem = /^\/(?:dev|proc|sys)(?:\/|$)/.test(destination);
  return isBind(mount) && !isSystem && !isReadOnly(mount) && host.look(source ?? "/").type === "directory";
}

/** The mode is in memory, which a filter cannot read; with ENOSYS programs fall back to openat(2). */
const OPENAT2: FilterRule = { calls: ["openat2"], action: { action: "errno", errno: ENOSYS } };

function modeRules(): readonly FilterRule[] {
  return MODES.flatMap(({ calls, mode, flags }) =>
    SET_ID_BITS.map((bit) => ({
      calls,
      when: [...(flags === undefined ? [] : [hasBits(flags, O_CREAT)]), hasBits(mode, bit)],
      action: { action: "errno", errno: EPERM } as const,
    })),
  );
}

function hasBits(argument: number, bits: bigint): Condition {
  return { argument, mask: bits, value: bits };
}
