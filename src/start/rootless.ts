import { join } from "node:path";
import type { Action, Release } from "../model/action.ts";
import type { Edit } from "../model/edit.ts";
import type { PathStatus, Tree } from "../model/facts.ts";
import type { Owned, Plan } from "../model/plan.ts";
import { ALL_KINDS } from "../values/directoryKinds.ts";

/** The host's directories, and where an unprivileged user has them. */
export type RootlessPaths = ReadonlyMap<string, string>;

/** The directories of the user's service manager (systemd.exec(5), table 2). */
export function rootlessPaths(environment: Readonly<Record<string, string | undefined>>): RootlessPaths | undefined {
  const { HOME: home, XDG_RUNTIME_DIR: run } = environment;
  if (!home?.startsWith("/") || !run?.startsWith("/")) return undefined;
  return new Map(
    ALL_KINDS.map(({ base, user: { variable, fallback = "", below = "" } }) => [
      base,
      join(environment[variable] || join(home, fallback), below),
    ]),
  );
}

/** The host's files with the user's directories in the places of the host's. */
export function rootlessTree<T extends Tree>(tree: T, places: RootlessPaths): T {
  return { ...tree, look: (path: string): PathStatus => tree.look(moveToUser(path, places)) };
}

/** Moves the plan's directories below the user's; the container sees them at the usual paths. */
export function rootlessPlan(plan: Plan, places: RootlessPaths): Plan {
  const at = (path: string) => moveToUser(path, places);
  const moved = new Set(plan.actions.flatMap(({ owner, item }) => (item.kind === "directory" ? [owner] : [])));
  const move = <T>(owned: readonly Owned<T>[], change: (item: T) => T): readonly Owned<T>[] =>
    owned.map((one) => (moved.has(one.owner) ? { ...one, item: change(one.item) } : one));
  return {
    ...plan,
    actions: move(plan.actions, (action) => moveAction(action, at)),
    releases: move(plan.releases, (release) => moveRelease(release, at)),
    edits: move(plan.edits, (edit) => moveEdit(edit, at)),
  };
}

function moveAction(action: Action, at: (path: string) => string): Action {
  return "base" in action ? { ...action, base: at(action.base) } : action;
}

function moveRelease(release: Release, at: (path: string) => string): Release {
  if (release.kind !== "remove") return release;
  const { base, path, links } = release;
  return { ...release, ...(base && { base: at(base) }), path: at(path), links: links.map(at) };
}

function moveEdit(edit: Edit, at: (path: string) => string): Edit {
  return edit.kind === "path" && edit.source !== undefined ? { ...edit, source: at(edit.source) } : edit;
}

/** The path as the host has it, or the one of an unprivileged user. */
export function pathOfUser(path: string, paths: RootlessPaths | undefined): string {
  return paths === undefined ? path : moveToUser(path, paths);
}

/** A path that is in the user's directories already stays: its runtime directory is below /run too. */
function moveToUser(path: string, places: RootlessPaths): string {
  for (const place of places.values()) if (isIn(path, place)) return path;
  for (const [base, place] of places) if (isIn(path, base)) return place + path.slice(base.length);
  return path;
}

function isIn(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}
