import type { Identity } from "../model/facts.ts";
import type { User } from "../oci/spec.ts";

/** The texts of an image's own /etc/passwd and /etc/group; "" where it has none. */
export interface NameFiles {
  readonly passwd: string;
  readonly group: string;
}

/** Larger than any real user database. */
export const NAME_FILE_LIMIT = 1024 * 1024;

/**
 * The image's users and groups with the container's user added, so that whoami(1) and getpwuid(3) find it. Entries of
 * the image with the same name or ID are replaced.
 */
export function addNames(image: NameFiles, { name, groupName, uid, gid, home, shell }: Identity): NameFiles {
  // As nss-systemd shows a dynamic user (src/nss-systemd/userdb-glue.c).
  const user = [name, "x", uid, gid, "Dynamic User", home ?? "/", shell ?? "/sbin/nologin"].join(":");
  const group = [groupName, "x", gid, ""].join(":");
  return {
    passwd: replaceLine(image.passwd, [name, uid], user),
    group: replaceLine(image.group, [groupName, gid], group),
  };
}

/**
 * The supplementary groups that the caller set, without those that the image lists the engine's user in: systemd gives a
 * service the groups of its user and no others.
 */
export function callerGroups({ uid, gid, additionalGids = [] }: User, image: NameFiles): readonly number[] {
  const names = rows(image.passwd).flatMap((row) => (row[2] === String(uid) ? [row[0]] : []));
  const own = rows(image.group).filter((row) => (row[3] ?? "").split(",").some((member) => names.includes(member)));
  const gids = new Set([...own.map((row) => row[2]), String(gid)]);
  return additionalGids.filter((one) => !gids.has(String(one)));
}

/** The home directory of the engine's user, which the engine sets HOME to by default. */
export function imageHome({ uid }: User, { passwd }: NameFiles): string {
  return rows(passwd).find((row) => row[2] === String(uid))?.[5] ?? (uid === 0 ? "/root" : "/");
}

/** Index of the field that holds the ID, in both files. */
const ID_FIELD = 2;

function replaceLine(text: string, [name, id]: readonly [string, number], line: string): string {
  const kept = lines(text).filter((one) => {
    const fields = one.split(":");
    return fields[0] !== name && fields[ID_FIELD] !== String(id);
  });
  return `${[...kept, line].join("\n")}\n`;
}

/** The first line with control bytes of each file, with the file's path: no C library writes such lines. */
export function oddLines({ passwd, group }: NameFiles): readonly (readonly [path: string, line: string])[] {
  const texts = [["/etc/passwd", passwd] as const, ["/etc/group", group] as const];
  return texts.flatMap(([path, text]) => {
    const odd = lines(text).find((line) => /[\0-\x08\x0b-\x1f\x7f]/.test(line));
    return odd === undefined ? [] : [[path, odd] as const];
  });
}

function lines(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}

function rows(text: string): readonly (readonly string[])[] {
  return text.split("\n").map((line) => line.split(":"));
}
