import { join } from "node:path";
import type { Action, Release } from "../action.ts";
import type { Edit } from "../edit.ts";
import type { Found, Tree } from "../facts.ts";
import type { Owned, Plan } from "../plan.ts";

/** The host's places for directories of services, and where a user without root has them. */
export type UserPlaces = ReadonlyMap<string, string>;

/** As a service manager of the user has them (systemd.exec(5), table 2). */
export function userPlaces(environment: Readonly<Record<string, string | undefined>>): UserPlaces | undefined {
  const { HOME: home, XDG_RUNTIME_DIR: run } = environment;
  if (!home?.startsWith("/") || !run?.startsWith("/")) return undefined;
  const place = (variable: string, below: string) => environment[variable] || join(home, below);
  const state = place("XDG_STATE_HOME", ".local/state");
  return new Map([
    ["/var/lib", state],
    ["/var/cache", place("XDG_CACHE_HOME", ".cache")],
    ["/var/log", join(state, "log")],
    ["/etc", place("XDG_CONFIG_HOME", ".config")],
    ["/run", run],
  ]);
}

/** The host's files as a plan for directories of services is to see them. */
export function treeOfUser<T extends Tree>(tree: T, places: UserPlaces): T {
  return { ...tree, look: (path: string): Found => tree.look(moveToUser(path, places)) };
}

/** The directories that the plan wants below the user's places; the container sees them where it always does. */
export function planForUser(plan: Plan, places: UserPlaces): Plan {
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

/** What lies in the user's places already stays: its runtime directory is below /run too. */
function moveToUser(path: string, places: UserPlaces): string {
  for (const place of places.values()) if (isIn(path, place)) return path;
  for (const [base, place] of places) if (isIn(path, base)) return place + path.slice(base.length);
  return path;
}

function isIn(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}
