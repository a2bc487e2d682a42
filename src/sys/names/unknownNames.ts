import { listDirectory, mayContain, tryReadRecord } from "../files/files.ts";
import { type FileStatus, statusOf, statusOfLink } from "../files/status.ts";

/*
 * The name service asks six directories and every service of systemd-userdbd for each name, some hundred system calls. This
 * proves that it would find nothing, on a host whose names are in files and in records of systemd; see nsswitch.conf(5),
 * nss-systemd(8), and systemd's src/shared/userdb.c, src/shared/userdb-dropin.h. Where the proof fails, nothing is said.
 */

export interface UnknownNames {
  /** Whether the host certainly has no user or group of this name or number. */
  isUnknown(kind: Kind, key: string | number): boolean;
  /** Whether certainly no group lists the user as a member. */
  isInNoGroup(name: string): boolean;
}

type Kind = "user" | "group";

/** Where the host's names are; other places only in tests. */
export interface NamePlaces {
  readonly nameServiceSwitch: string;
  readonly files: Readonly<Record<Kind, string>>;
  /** Sockets of services that systemd's library asks. */
  readonly services: string;
  /** Directories of records, of all versions of systemd. */
  readonly records: readonly string[];
}

const HOST_PLACES: NamePlaces = {
  nameServiceSwitch: "/etc/nsswitch.conf",
  files: { user: "/etc/passwd", group: "/etc/group" },
  services: "/run/systemd/userdb",
  records: ["/etc", "/run", "/run/host", "/usr/local/lib", "/usr/lib", "/lib"].map((path) => `${path}/userdb`),
};

/** What holds for a whole claim is looked up once; files are looked at again for each name. */
export function openUnknownNames(places = HOST_PLACES): UnknownNames {
  const { files } = places;
  let found: readonly string[] | "elsewhere" | undefined;
  const isRecorded = (isIn: (directory: string) => boolean) => {
    found ??= findRecords(places);
    return found === "elsewhere" || found.some(isIn);
  };
  return {
    isUnknown: (kind, key) =>
      !SYNTHESIZED.has(key) &&
      !isListed(readKnown(files[kind]), key) &&
      !isRecorded((directory) => statusOfLink(`${directory}/${key}.${kind}`) !== undefined),
    isInNoGroup: (user) =>
      !hasMember(readKnown(files.group), user) && !isRecorded((directory) => mayContain(directory, `${user}:`)),
  };
}

/** systemd's library has these without any record. */
const SYNTHESIZED: ReadonlySet<string | number> = new Set(["root", "nobody", "nogroup", 0, 65534]);

/** The directories of records that are there; `elsewhere` where names may be in something else, too. */
function findRecords({ nameServiceSwitch, services, records }: NamePlaces): readonly string[] | "elsewhere" {
  // dynamic users of systemd are recognised by their locked files
  const isElsewhere = listDirectory(services).some((name) => name !== "io.systemd.DynamicUser");
  if (isElsewhere || !usesFiles(readKnown(nameServiceSwitch))) return "elsewhere";
  return records.filter((path) => statusOf(path) !== undefined);
}

/** Whether names are in files and records alone. A line `initgroups` would be asked for members in place of `group`. */
function usesFiles(text: string | undefined): boolean {
  if (text === undefined || /^\s*initgroups\s*:/m.test(text)) return false;
  return ["passwd", "group"].every((database) => {
    const [line, ...others] = text.match(new RegExp(`^[ \\t]*${database}[ \\t]*:.*$`, "gm")) ?? [];
    return others.length === 0 && line !== undefined && FILES_ALONE.test(line);
  });
}

const FILES_ALONE = /:(?:[ \t]+(?:files|systemd|\[SUCCESS=merge\]))+[ \t]*$/;

/** Whether a line of passwd(5) or group(5) may have this name or number. */
function isListed(text: string | undefined, key: string | number): boolean {
  if (text === undefined || !isRegular(text)) return true;
  return typeof key === "string"
    ? `\n${text}`.includes(`\n${key}:`)
    : new RegExp(`^[^:\n]*:[^:\n]*:${key}(?::|$)`, "m").test(text);
}

/** Whether each line has a name and a number as this file reads them; what the C library makes of others is its own. */
function isRegular(text: string): boolean {
  return /^(?:[A-Za-z0-9_][^:\s]*:[^:\n]*:(?:0|[1-9][0-9]*)(?::.*)?\n)*$/.test(text);
}

function hasMember(text: string | undefined, user: string): boolean {
  return text === undefined || new RegExp(`[:,][ \\t]*${RegExp.escape(user)}[ \\t]*(?:,|$)`, "m").test(text);
}

interface Known {
  readonly version: string;
  readonly text: string;
}

/** Kept for the next request to a standby process. */
const kept = new Map<string, Known>();

/** Undefined when there is no such file. */
function readKnown(path: string): string | undefined {
  const status = statusOf(path);
  if (status === undefined) return undefined;
  const version = versionOf(status);
  const known = kept.get(path);
  if (known?.version === version) return known.text;
  const text = tryReadRecord(path);
  if (text !== undefined && isSettled(status)) kept.set(path, { version, text });
  return text;
}

function versionOf({ identity, size, mtimeMs, ctimeMs }: FileStatus): string {
  return [identity, size, mtimeMs, ctimeMs].join();
}

/** A second change within one tick of the kernel's clock would leave the same time. */
function isSettled({ ctimeMs }: FileStatus): boolean {
  return Math.abs(Date.now() - ctimeMs) > SETTLED_MS;
}

const SETTLED_MS = 2000;
