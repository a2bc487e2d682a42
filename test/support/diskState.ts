import { lstatSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";

/** `path → type, mode, owner`; paths as the services see them. */
export type DiskState = ReadonlyMap<string, string>;

const WATCHED = ["/etc", "/opt", "/run", "/srv", "/tmp", "/usr", "/home", "/root", "/var"];

/** Kept by the managers of both sides, or by those who keep book for them. */
const PASSED_OVER = new Set([
  "/etc/.pwd.lock",
  "/run/crun",
  "/run/dbus",
  "/run/dynuser",
  "/run/harness",
  "/run/runc",
  "/run/systemd",
  "/usr/share",
  "/usr/lib",
  "/var/lib/systemd",
  "/var/log/journal",
]);

/** The files of the system whose root is at `root` on this host. */
export function diskState(root: string): DiskState {
  const found = new Map<string, string>();
  for (const path of WATCHED) walk(root, path, found);
  return found;
}

function walk(root: string, path: string, found: Map<string, string>): void {
  if (PASSED_OVER.has(path)) return;
  const status = lstatSync(root + path, { throwIfNoEntry: false });
  if (status === undefined) return;
  const permissions = (status.mode & 0o7777).toString(8);
  const owner = `${permissions} ${status.uid} ${status.gid}`;
  if (status.isSymbolicLink()) found.set(path, `link to ${readlinkSync(root + path)}`);
  else if (!status.isDirectory()) found.set(path, `file ${owner}`);
  else {
    found.set(path, `directory ${owner}`);
    for (const name of readdirSync(root + path)) walk(root, join(path, name), found);
  }
}

/** What is new or different since `before`; what is gone has the value `gone`. */
export function changesSince(before: DiskState, after: DiskState): DiskState {
  const changed = [...after].filter(([path, state]) => before.get(path) !== state);
  const gone = [...before.keys()].filter((path) => !after.has(path)).map((path) => [path, "gone"] as const);
  return new Map([...changed, ...gone]);
}

/** Removes what has come since `before`. */
export function removeNew(root: string, before: DiskState): void {
  const created = [...diskState(root).keys()].filter((path) => !before.has(path)).sort();
  for (const path of created.reverse()) rmSync(root + path, { recursive: true, force: true });
}
