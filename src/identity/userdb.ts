import { UserError } from "../errors.ts";
import { listDirectory, readLink, removeFile, tryReadRecord } from "../sys/files/files.ts";
import { ensureDirectory, PUBLIC } from "../sys/files/ownDirectory.ts";
import { statusOfLink } from "../sys/files/status.ts";
import { makeLink, replaceFile, replaceLink } from "../sys/files/write.ts";
import { isUserName } from "./name.ts";
import type { Registry } from "./registry.ts";

/** Marks dynuser's records among those of other programs. */
const SERVICE = "dynuser";

/** A name and the number that is its UID and its GID. */
export interface Entry {
  readonly name: string;
  readonly uid: number;
  /** Groups of the host that it joins. */
  readonly memberOf: readonly string[];
}

/**
 * Makes the host show the name, and systemd skip the UID (userdb(8), src/shared/userdb-dropin.h). The link by number
 * follows its record, so that no link ever points to nothing.
 * @throws UserError when another program has a record of this name or number
 */
export function publish(entry: Entry, registry: Registry): void {
  const directory = registry.paths.userdb;
  if (!isUserName(entry.name)) throw new Error(`no user name: ${JSON.stringify(entry.name)}`);
  ensureDirectory(directory, PUBLIC);
  for (const [file, content] of Object.entries(recordsOf(entry))) {
    const path = `${directory}/${file}`;
    refuseForeign(path);
    replaceFile(path, `${JSON.stringify(content)}\n`, 0o644);
    const link = `${directory}/${entry.uid}${file.slice(entry.name.length)}`;
    if (!makeLink(link, file)) {
      refuseForeign(link);
      replaceLink(link, file);
    }
  }
  for (const membership of membershipsOf(entry)) replaceFile(`${directory}/${membership}`, "", 0o644);
}

/** Removes what `publish` made, and nothing of others. Idempotent. */
export function withdraw(entry: Entry, registry: Registry): void {
  const directory = registry.paths.userdb;
  for (const kind of KINDS) {
    const record = `${entry.name}.${kind}`;
    const link = `${directory}/${entry.uid}.${kind}`;
    if (readLink(link) === record) removeFile(link);
    if (isOurs(`${directory}/${record}`)) removeFile(`${directory}/${record}`);
  }
  for (const membership of membershipsOf(entry)) removeFile(`${directory}/${membership}`);
}

/** Whether dynuser has published a user of this name. */
export function isPublished(name: string, registry: Registry): boolean {
  return isOurs(`${registry.paths.userdb}/${name}.user`);
}

/** The UIDs that a record of any program has, as its name says. What a killed process has published is collected, not used. */
export function publishedUids({ paths }: Registry): ReadonlySet<number> {
  return new Set(
    listDirectory(paths.userdb).flatMap((name) => (/^[0-9]+\.user$/.test(name) ? [Number.parseInt(name, 10)] : [])),
  );
}

/** Removes records of this name or number that a killed process left; they must have no holder. */
export function withdrawLeftOver(key: string | number, registry: Registry): void {
  const left =
    readRecord(`${registry.paths.userdb}/${key}.user`) ?? readRecord(`${registry.paths.userdb}/${key}.group`);
  if (left !== undefined) withdraw(left, registry);
}

const KINDS = ["user", "group"] as const;

/** Names that no group can have are left out, as no lookup would find them. */
function membershipsOf({ name, memberOf }: Entry): readonly string[] {
  return memberOf.filter(isUserName).map((group) => `${name}:${group}.membership`);
}

function recordsOf({ name, uid }: Entry): Readonly<Record<string, object>> {
  return {
    [`${name}.user`]: {
      userName: name,
      uid,
      gid: uid,
      realName: "Dynamic User",
      homeDirectory: "/",
      shell: "/usr/sbin/nologin",
      locked: true,
      disposition: "dynamic",
      service: SERVICE,
    },
    [`${name}.group`]: {
      groupName: name,
      gid: uid,
      description: "Dynamic Group",
      disposition: "dynamic",
      service: SERVICE,
    },
  };
}

function refuseForeign(path: string): void {
  if (statusOfLink(path) !== undefined && !isOurs(path)) {
    throw new UserError(`cannot publish a dynamic user: found a record of another program, expected none (${path})`);
  }
}

function isOurs(path: string): boolean {
  return parse(tryReadRecord(path) ?? "")?.service === SERVICE;
}

function readRecord(path: string): Entry | undefined {
  const record = parse(tryReadRecord(path) ?? "");
  if (record?.service !== SERVICE) return undefined;
  const { userName, groupName, uid, gid } = record;
  const [name, number] = [userName ?? groupName, uid ?? gid];
  if (typeof name !== "string" || !isUserName(name) || !Number.isInteger(number)) return undefined;
  return { name, uid: number as number, memberOf: [] };
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
