import { lstatSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { hasCode } from "../../../src/sys/kernel/system.ts";

/** `path → type, mode, owner`; paths as the services see them. */
export type DiskState = ReadonlyMap<string, string>;

const WATCHED = ["/etc", "/opt", "/run", "/srv", "/tmp", "/usr", "/home", "/root", "/var"];

/** Kept by the managers of both sides, or by their accounting. */
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
  "/var/lib/dynuser",
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
  const state = look(root + path);
  if (state === undefined) return;
  found.set(path, state.text);
  for (const name of state.names) walk(root, join(path, name), found);
}

/** Undefined when it is gone, which it may be at any moment. */
function look(path: string): { readonly text: string; readonly names: readonly string[] } | undefined {
  try {
    const status = lstatSync(path);
    const owner = `${(status.mode & 0o7777).toString(8)} ${status.uid} ${status.gid}`;
    if (status.isSymbolicLink()) return { text: `link to ${readlinkSync(path)}`, names: [] };
    if (status.isDirectory()) return { text: `directory ${owner}`, names: readdirSync(path) };
    return { text: `file ${owner}`, names: [] };
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
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
