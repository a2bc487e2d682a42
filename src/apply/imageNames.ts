import { quote, UserError } from "../errors.ts";
import type { Identity } from "../facts.ts";
import type { User } from "../oci/spec.ts";

/** The texts of an image's own /etc/passwd and /etc/group; "" where it has none. */
export interface NameFiles {
  readonly passwd: string;
  readonly group: string;
}

/** More than any image needs; what is longer is no user database. */
export const NAME_FILE_LIMIT = 1024 * 1024;

/**
 * The image's users and groups with ours among them, so that `whoami` and getpwuid(3) know who they are. Whoever of the
 * image has our name or number is replaced.
 * @throws UserError when a file holds what no C library would write
 */
export function addNames(image: NameFiles, { name, groupName, uid, gid, home, shell }: Identity): NameFiles {
  // As nss-systemd shows a dynamic user (src/nss-systemd/userdb-glue.c).
  const user = [name, "x", uid, gid, "Dynamic User", home ?? "/", shell ?? "/sbin/nologin"].join(":");
  const group = [groupName, "x", gid, ""].join(":");
  return {
    passwd: replaceLine(image.passwd, "/etc/passwd", [name, uid], user),
    group: replaceLine(image.group, "/etc/group", [groupName, gid], group),
  };
}

/**
 * The groups that somebody asked for: without those that the image lists the engine's user in.
 * systemd gives a service the groups of its own user and no others.
 */
export function callerGroups({ uid, gid, additionalGids = [] }: User, image: NameFiles): readonly number[] {
  const names = rows(image.passwd).flatMap((row) => (row[2] === String(uid) ? [row[0]] : []));
  const own = rows(image.group).filter((row) => (row[3] ?? "").split(",").some((member) => names.includes(member)));
  const gids = new Set([...own.map((row) => row[2]), String(gid)]);
  return additionalGids.filter((one) => !gids.has(String(one)));
}

/** Where the engine's user lives: what it set HOME to on its own. */
export function imageHome({ uid }: User, { passwd }: NameFiles): string {
  return rows(passwd).find((row) => row[2] === String(uid))?.[5] ?? (uid === 0 ? "/root" : "/");
}

/** Number of the field that holds the ID, in both files. */
const ID_FIELD = 2;

function replaceLine(text: string, path: string, [name, id]: readonly [string, number], line: string): string {
  const kept = lines(text, path).filter((one) => {
    const fields = one.split(":");
    return fields[0] !== name && fields[ID_FIELD] !== String(id);
  });
  return `${[...kept, line].join("\n")}\n`;
}

function lines(text: string, path: string): readonly string[] {
  const all = text.split("\n").filter((line) => line !== "");
  const odd = all.find((line) => /[\0-\x08\x0b-\x1f\x7f]/.test(line));
  if (odd === undefined) return all;
  throw new UserError(`cannot add the container's user to its ${path}: found control bytes in ${quote(odd)}`);
}

function rows(text: string): readonly (readonly string[])[] {
  return text.split("\n").map((line) => line.split(":"));
}
