import { quote, UserError } from "../errors.ts";
import type { Setting } from "../settings/setting.ts";
import { unitSections } from "../settings/unitFile.ts";
import { splitWords } from "../values/words.ts";
import { type ContainerKey, isContainerKey } from "./containerKeys.ts";
import type { Input } from "./inputs.ts";
import type { Translation, Ulimit, Volume } from "./translation.ts";

/**
 * A `.container` file of podman-systemd.unit(5) as what it is made of: settings from its annotations and its [Service], and
 * options of the container.
 * @param name `web.container`
 * @throws UserError for a file without [Container]
 */
export function readContainer(name: string, text: string): Input {
  const sections = unitSections(text);
  const lines = sections.get("Container");
  if (lines === undefined) {
    throw new UserError(`cannot read ${quote(name)}: found no section [Container], expected a file of Quadlet`);
  }
  const entries = lines.flatMap(toEntry).flatMap(withoutPodmanArgs);
  const container = containerOf(entries);
  const image = entries.findLast(({ key }) => key === "Image")?.value;
  return {
    name: name.replace(/\.container$/, ".service"),
    settings: [...annotationsIn(entries, name), ...serviceSettings(sections.get("Service") ?? [], name)],
    warnings: [],
    sections,
    container,
    ...(image !== undefined && { image }),
    leftOut: entries
      .filter(({ key }) => !KNOWN.has(key) && !isContainerKey(key))
      .map(({ key, value }) => `${key}=${value}: the other forms have no word for it here`),
  };
}

const WORDS = { unquote: true, unescape: true, keepUnknownEscapes: true } as const;

function toEntry(line: string): readonly ContainerKey[] {
  const [, key, value] = /^([A-Za-z]+)\s*=\s*(.*)$/.exec(line) ?? [];
  return key === undefined ? [] : [{ key, value: value! }];
}

/** Options of podman that have a key by now, or that only older versions need. */
const PODMAN_ARGS: Readonly<Record<string, string>> = {
  "--stop-timeout": "StopTimeout",
  "--stop-signal": "StopSignal",
  "--ulimit": "Ulimit",
  "--entrypoint": "Entrypoint",
  "--workdir": "WorkingDir",
  "--group-add": "GroupAdd",
  "--env": "Environment",
};

function withoutPodmanArgs(entry: ContainerKey): readonly ContainerKey[] {
  if (entry.key !== "PodmanArgs") return [entry];
  return splitWords(entry.value, WORDS).map((word) => {
    const [, option, value] = /^(--[a-z-]+)=(.*)$/.exec(word) ?? [];
    const key = PODMAN_ARGS[option ?? ""];
    return key === undefined ? { key: "PodmanArgs", value: word } : { key, value: value! };
  });
}

const KNOWN = new Set([
  ...Object.values(PODMAN_ARGS),
  ..."Image ContainerName GlobalArgs Network Exec Annotation EnvironmentFile Volume User Group AddCapability Notify".split(
    " ",
  ),
]);

function containerOf(entries: readonly ContainerKey[]): Partial<Translation> {
  const last = (key: string) => entries.findLast((entry) => entry.key === key)?.value;
  const words = (key: string) =>
    entries.filter((entry) => entry.key === key).flatMap(({ value }) => splitWords(value, WORDS));
  const [user, group, stop, signal, directory] = ["User", "Group", "StopTimeout", "StopSignal", "WorkingDir"].map(last);
  const program = last("Entrypoint");
  const args = words("Exec");
  const name = last("ContainerName");
  return {
    ...(name !== undefined && { name }),
    ...(program !== undefined ? { command: [program, ...args] } : args.length > 0 && { args }),
    environment: Object.fromEntries(words("Environment").map((word) => splitOnce(word, "="))),
    environmentFiles: words("EnvironmentFile"),
    ...(user !== undefined && { user: group === undefined ? user : `${user}:${group}` }),
    groups: words("GroupAdd"),
    capabilities: words("AddCapability").map((capability) => capability.replace(/^CAP_/i, "").toUpperCase()),
    ulimits: words("Ulimit").map(toUlimit),
    volumes: words("Volume").map(toVolume),
    keys: entries.filter(({ key }) => isContainerKey(key)),
    network: last("Network") ?? "default",
    isNotifying: /^(?:yes|true|1|on|healthy)$/i.test(last("Notify") ?? ""),
    ...(stop !== undefined && { stopSeconds: Number(stop) }),
    ...(signal !== undefined && /^\d+$/.test(signal) && { stopSignal: Number(signal) }),
    ...(directory !== undefined && { workingDirectory: directory }),
    notes: [],
  };
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const [head = "", ...rest] = text.split(separator);
  return [head, rest.join(separator)];
}

function toUlimit(word: string): Ulimit {
  const [name, values] = splitOnce(word, "=");
  const [soft = "-1", hard = soft] = values.split(":");
  return { name, soft: BigInt(soft), hard: BigInt(hard) };
}

function toVolume(word: string): Volume {
  const [source = "", path = source, options = ""] = word.split(":");
  return { source, path, options: options === "" ? [] : options.split(",") };
}

/** podman reads an annotation as a record of comma-separated values (RFC 4180). */
function annotationsIn(entries: readonly ContainerKey[], name: string): readonly Setting[] {
  const words = entries.filter(({ key }) => key === "Annotation").flatMap(({ value }) => splitWords(value, WORDS));
  return words.flatMap((word) => {
    const field = /^".*"$/s.test(word) ? word.slice(1, -1).replaceAll('""', '"') : word;
    const [key, value] = splitOnce(field.replaceAll("%%", "%"), "=");
    if (!key.startsWith("dynuser/") || /^dynuser\/(?:Name|Profile)$/.test(key)) return [];
    return value.split("\n").map((line) => ({
      name: key.slice("dynuser/".length),
      value: line,
      place: name,
      lenient: true,
    }));
  });
}

function serviceSettings(lines: readonly string[], name: string): readonly Setting[] {
  return lines.flatMap(toEntry).map(({ key, value }) => ({ name: key, value, place: name, lenient: true }));
}
