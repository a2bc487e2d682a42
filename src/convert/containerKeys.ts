import { splitWords } from "../values/words.ts";

/** An assignment of [Container] that is neither a setting nor a member of a translation, in Quadlet's words. */
export interface ContainerKey {
  readonly key: string;
  readonly value: string;
}

/** What other forms call a key of podman-systemd.unit(5). */
interface Row {
  readonly option: string;
  /** A boolean, which is an option without a value. */
  readonly isSwitch?: true;
  /** One assignment has several words. */
  readonly isWords?: true;
  /** Of a service in a file of Compose. */
  readonly compose?: string;
  /** Compose has a list, although the key is assigned once for each. */
  readonly isList?: true;
}

const ROWS: Readonly<Record<string, Row>> = {
  PublishPort: { option: "--publish", compose: "ports", isList: true },
  HostName: { option: "--hostname", compose: "hostname" },
  AddHost: { option: "--add-host", compose: "extra_hosts", isList: true },
  DNS: { option: "--dns", compose: "dns", isList: true },
  Label: { option: "--label", isWords: true, compose: "labels", isList: true },
  Sysctl: { option: "--sysctl", isWords: true, compose: "sysctls", isList: true },
  DropCapability: { option: "--cap-drop", isWords: true, compose: "cap_drop", isList: true },
  AddDevice: { option: "--device", compose: "devices", isList: true },
  Tmpfs: { option: "--tmpfs", compose: "tmpfs", isList: true },
  Mount: { option: "--mount" },
  Secret: { option: "--secret" },
  ReadOnly: { option: "--read-only", isSwitch: true, compose: "read_only" },
  RunInit: { option: "--init", isSwitch: true, compose: "init" },
  ShmSize: { option: "--shm-size", compose: "shm_size" },
  PidsLimit: { option: "--pids-limit", compose: "pids_limit" },
  Memory: { option: "--memory", compose: "mem_limit" },
  UserNS: { option: "--userns" },
  IP: { option: "--ip" },
  IP6: { option: "--ip6" },
  NetworkAlias: { option: "--network-alias" },
  Timezone: { option: "--tz" },
  Pull: { option: "--pull", compose: "pull_policy" },
  LogDriver: { option: "--log-driver" },
  HealthCmd: { option: "--health-cmd" },
  HealthInterval: { option: "--health-interval" },
  HealthRetries: { option: "--health-retries" },
  HealthTimeout: { option: "--health-timeout" },
};

export function isContainerKey(key: string): boolean {
  return Object.hasOwn(ROWS, key);
}

/** `--publish 8080:80`, one option of podman for each value. */
export function podmanOptionsOf(keys: readonly ContainerKey[]): readonly (readonly string[])[] {
  return keys.flatMap(({ key, value }) => {
    const { option, isSwitch } = ROWS[key]!;
    if (isSwitch) return [[`${option}=${isYes(value)}`]];
    return valuesOf({ key, value }).map((one) => [option, one]);
  });
}

/** Members of a service in a file of Compose, and the keys that have none there. */
export function composeMembersOf(keys: readonly ContainerKey[]) {
  const members: Record<string, string | boolean | readonly string[]> = {};
  for (const one of keys) {
    const { compose, isSwitch, isList } = ROWS[one.key]!;
    if (compose === undefined) continue;
    const before = members[compose];
    if (isList) members[compose] = [...(Array.isArray(before) ? before : []), ...valuesOf(one)];
    else members[compose] = isSwitch ? isYes(one.value) : one.value;
  }
  return { members, unknown: keys.filter(({ key }) => ROWS[key]!.compose === undefined) };
}

/** Fields of a pod and of its container, and the keys that have none there. */
export function podFieldsOf(keys: readonly ContainerKey[]) {
  const valuesOfKey = (key: string) => keys.filter((one) => one.key === key).map(({ value }) => value);
  const ports = valuesOfKey("PublishPort").map((value) => ({ value, port: toPort(value) }));
  const [hostname] = valuesOfKey("HostName").slice(-1);
  const known = ports.flatMap(({ port }) => port ?? []);
  const unreadable = ports.filter(({ port }) => port === undefined).map(({ value }) => ({ key: "PublishPort", value }));
  return {
    pod: hostname === undefined ? {} : { hostname },
    container: known.length === 0 ? {} : { ports: known },
    unknown: [...unreadable, ...keys.filter(({ key }) => key !== "PublishPort" && key !== "HostName")],
  };
}

/** `[[IP:]HOST:]CONTAINER[/PROTOCOL]`; undefined for a range. */
function toPort(text: string) {
  const pattern = /^(?:(?:(?<ip>[\d.]+|\[[\da-f:]+\]):)?(?<host>\d*):)?(?<inside>\d+)(?:\/(?<protocol>\w+))?$/i;
  const found = pattern.exec(text)?.groups;
  if (found === undefined) return undefined;
  const { ip, host, inside, protocol } = found;
  return {
    containerPort: Number(inside),
    ...(host && { hostPort: Number(host) }),
    ...(ip && { hostIP: ip.replace(/[[\]]/g, "") }),
    ...(protocol && { protocol: protocol.toUpperCase() }),
  };
}

function valuesOf({ key, value }: ContainerKey): readonly string[] {
  return ROWS[key]!.isWords ? splitWords(value, { unquote: true, unescape: true, keepUnknownEscapes: true }) : [value];
}

function isYes(text: string): boolean {
  return /^(?:yes|true|1|on)$/i.test(text);
}
