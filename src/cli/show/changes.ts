import { formatSize } from "../../console/size.ts";
import type { Action, DirectoryAction, Release } from "../../model/action.ts";
import type { Attribute } from "../../model/attribute.ts";
import type { CapabilitiesEdit, Edit, PathEdit } from "../../model/edit.ts";
import type { DeviceRule } from "../../oci/spec.ts";
import { describeNetworkRule } from "./networkRules.ts";

/** One change in words, without its owner. */
export function describeChange(change: Edit | Action | Release): string {
  return (DESCRIPTIONS[change.kind] as (change: Edit | Action | Release) => string)(change);
}

type Change = Edit | Action | Release;
type OfKind<K extends Change["kind"]> = Extract<Change, { readonly kind: K }>;

const DESCRIPTIONS: { readonly [K in Change["kind"]]: (change: OfKind<K>) => string } = {
  path: (edit) => `${edit.path}  ${accessOf(edit)}`,
  user: ({ uid, gid, additionalGids }) => `runs as UID ${uid}, GID ${gid}, groups ${words(additionalGids.map(String))}`,
  process: ({ field, value }) =>
    `${PROCESS_FIELDS[field]} ${field === "umask" ? octal(value as number) : yesNo(value)}`,
  environment: ({ variables }) => `sets ${words(Object.entries(variables).map(([name, value]) => `${name}=${value}`))}`,
  unsetEnvironment: ({ names }) => `unsets ${words(names)}`,
  capabilities: describeCapabilities,
  namespace: ({ type, path }) =>
    `${path === undefined ? "new" : "joins the"} ${type} namespace${path === undefined ? "" : ` ${path}`}`,
  userNamespace: ({ map }) => `new user namespace, map: ${map}`,
  hostname: ({ hostname }) => `hostname ${hostname}`,
  linux: ({ field, value }) => `${field} ${yesNo(value)}`,
  rlimit: ({ type, soft, hard }) => `${type} ${limit(soft)}:${limit(hard)}`,
  devices: ({ allow }) => `devices: only ${words(allow.map(deviceOf))}`,
  resources: ({ resources }) => words(flatten(resources).map(resourceInWords)),
  attribute: ({ attribute }) => describeAttribute(attribute),
  networkRule: ({ rule }) => describeNetworkRule(rule),
  seccomp: ({ filter }) => `filters system calls (${filter.rules.length} rules)`,
  directory: (action) => `creates ${onDisk(action)}, mode ${octal(action.mode)}${ownerOf(action)}`,
  volume: ({ path, ownership }) =>
    `takes the volume ${path} as it is${ownership === "changed" ? ", changing its owner" : ", ID-mapped"}`,
  newDirectory: ({ path, mode, owner }) => `creates ${path}, mode ${octal(mode)}, owner ${owner.uid}`,
  link: ({ base, name, target }) => `links ${base}/${name} to ${target}`,
  file: ({ path, mode }) => `writes ${path}, mode ${octal(mode)}`,
  credentials: ({ path, credentials }) =>
    `writes credentials to ${path}: ${words(credentials.map(({ name }) => name))}`,
  remove: ({ path }) => `removes ${path}`,
  removeIpc: ({ uid }) => `removes IPC objects of UID ${uid}`,
};

const ACCESSES = {
  inaccessible: "inaccessible",
  bind: "mounted from",
  privateTmp: "private and empty",
  privateDevices: "a few pseudo devices",
  emptyDirectory: "empty",
  kernel: "mounted anew",
  readOnly: "read-only",
  readWrite: "writable",
  noExec: "not executable",
  exec: "executable",
  tmpfs: "an empty tmpfs",
  readWriteImplicit: "as on the host",
} as const satisfies Readonly<Record<PathEdit["access"], string>>;

function accessOf({ access, source, readOnly, idMap }: PathEdit): string {
  const from = access === "bind" && source !== undefined ? ` ${source}` : "";
  const notes = [readOnly && "read-only", idMap && "ID-mapped"];
  return `${ACCESSES[access]}${from}${notes
    .filter(Boolean)
    .map((note) => `, ${note}`)
    .join("")}`;
}

const PROCESS_FIELDS = {
  umask: "umask",
  cwd: "starts in",
  noNewPrivileges: "no new privileges:",
  oomScoreAdj: "OOM score adjustment",
  apparmorProfile: "AppArmor profile",
  selinuxLabel: "SELinux label",
} as const;

function describeCapabilities({ keep, drop, ambient, onlyAmbient }: CapabilitiesEdit): string {
  const parts = [
    keep && (keep.length === 0 ? "no capabilities" : `only capabilities ${words(keep)}`),
    drop && `drops capabilities ${words(drop)}`,
    ambient && `ambient capabilities ${words(ambient)}`,
    onlyAmbient && "starts with ambient capabilities only",
  ];
  return parts.filter(Boolean).join("; ");
}

function describeAttribute(attribute: Attribute): string {
  const { name, ...values } = attribute;
  return `${name} ${words(Object.values(values).map(yesNo))}`;
}

/** `memory.limit 1073741824` */
function flatten(value: unknown, path = ""): readonly string[] {
  if (typeof value !== "object" || value === null || "rawJSON" in value) return [`${path} ${yesNo(value)}`];
  return Object.entries(value).flatMap(([name, member]) => flatten(member, path === "" ? name : `${path}.${name}`));
}

/** Limits of the runtime specification that people set most. */
const RESOURCES: Readonly<Record<string, (value: string) => string>> = {
  "memory.limit": (value) => `at most ${formatSize(Number(value))} of memory`,
  "memory.reservation": (value) => `memory above ${formatSize(Number(value))} is reclaimed`,
  "memory.swap": (value) => `at most ${formatSize(Number(value))} of memory and swap`,
  "pids.limit": (value) => `at most ${value} tasks`,
};

function resourceInWords(text: string): string {
  const [name = "", value = ""] = text.split(" ");
  return RESOURCES[name]?.(value) ?? `limits ${text}`;
}

function deviceOf({ type, major, minor, access }: DeviceRule): string {
  return `${type ?? "a"}${major ?? "*"}:${minor ?? "*"} ${access ?? ""}`.trim();
}

function onDisk({ base, private: isPrivate, name }: DirectoryAction): string {
  return `${base}/${isPrivate ? "private/" : ""}${name}`;
}

function ownerOf({ owner, ownership }: DirectoryAction): string {
  if (ownership === "mapped") return ", ID-mapped";
  return owner === undefined ? "" : `, owner ${owner.uid}`;
}

function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}

function limit(value: bigint): string {
  return value === 2n ** 64n - 1n ? "infinity" : String(value);
}

function yesNo(value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "object"
    ? JSON.stringify(value, (_, one) => (typeof one === "bigint" ? Number(one) : one))
    : String(value);
}

function words(list: readonly string[]): string {
  return list.length === 0 ? "none" : list.join(" ");
}
