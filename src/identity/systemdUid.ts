import { readLink, tryReadRecord } from "../sys/files/files.ts";
import { isLocked } from "./lock.ts";
import type { Registry } from "./registry.ts";

/**
 * The UID of the range that a running service of systemd has for this name: the link `direct:NAME` leads to the UID, whose
 * file holds the name and is locked (src/core/dynamic-user.c, make_uid_symlinks, pick_uid).
 */
export function uidUnderSystemd(name: string, { paths, range }: Registry): number | undefined {
  const target = readLink(`${paths.dynamicUids}/direct:${name}`);
  const uid = target !== undefined && /^[0-9]{1,10}$/.test(target) ? Number(target) : 0;
  if (uid < range.first || uid > range.last) return undefined;
  const file = `${paths.dynamicUids}/${uid}`;
  return tryReadRecord(file)?.trim() === name && isLocked(file) ? uid : undefined;
}
