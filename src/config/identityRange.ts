import { DEFAULT_RULES, type IdentityRules, type Range } from "../identity/registry.ts";
import { tryReadText } from "../sys/files/files.ts";

/** Whole numbers. */
export interface WrittenIdentity {
  readonly first?: string;
  readonly last?: string;
  readonly restSeconds?: string;
}

export function completeIdentity({ first, last, restSeconds }: WrittenIdentity): IdentityRules {
  const { range, cooldownSeconds: rest } = DEFAULT_RULES;
  return {
    range: { first: Number(first ?? range.first), last: Number(last ?? range.last) },
    cooldownSeconds: Number(restSeconds ?? rest),
  };
}

interface Reserved extends Range {
  readonly whose: string;
}

/**
 * Why dynamic users cannot have these UIDs; undefined when they can. Single users and groups in the range do not matter:
 * the allocator skips them.
 */
export function rangeProblem({ first, last }: Range): string | undefined {
  if (first > last) return `found UIDs from ${first} to ${last}, expected the first one to be the lower`;
  const taken = [...loginUsers(), ...FIXED, ...subordinates()].find(
    (other) => other.first <= last && first <= other.last,
  );
  if (taken === undefined) return undefined;
  return `found UIDs from ${first} to ${last}, of which ${taken.first} to ${taken.last} are ${taken.whose}, expected a free range, such as 65536 to 99999`;
}

/** docs/UIDS-GIDS.md of systemd. */
const FIXED: readonly Reserved[] = [
  { first: 0, last: 999, whose: "system users" },
  { first: 60001, last: 60577, whose: "users of systemd-homed" },
  { first: 65534, last: 65535, whose: "reserved for the user `nobody` and for no user" },
  { first: 524288, last: 1879048191, whose: "those of systemd's containers" },
  { first: 2147483648, last: 9999999999, whose: "negative numbers to some programs" },
];

/** login.defs(5), with the values that shadow has without the file. */
function loginUsers(): readonly Reserved[] {
  const text = tryReadText("/etc/login.defs") ?? "";
  const value = (key: string, otherwise: number) =>
    Number(new RegExp(`^\\s*${key}\\s+([0-9]+)\\s*$`, "m").exec(text)?.[1] ?? otherwise);
  return [
    { first: value("UID_MIN", 1000), last: value("UID_MAX", 60000), whose: "login users (/etc/login.defs)" },
    {
      first: value("SUB_UID_MIN", 100000),
      last: value("SUB_UID_MAX", 600100000),
      whose: "subordinate UIDs (/etc/login.defs)",
    },
  ];
}

/** subuid(5): NAME:FIRST:COUNT. */
function subordinates(): readonly Reserved[] {
  return ["/etc/subuid", "/etc/subgid"].flatMap((path) =>
    (tryReadText(path) ?? "").split("\n").flatMap((line) => {
      const [name = "", first, count] = line.split(":");
      if (!(Number(count) > 0)) return [];
      return [
        {
          first: Number(first),
          last: Number(first) + Number(count) - 1,
          whose: `subordinate IDs of ${name} (${path})`,
        },
      ];
    }),
  );
}
