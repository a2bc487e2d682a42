import type { Context, Storage } from "../model/directive.ts";
import { HOST_STORAGE } from "../model/plan.ts";
import { Group, gidOf } from "./user.ts";

/** The engine's user without User= and Group=; undefined for root, which keeps the present owner. */
export function ownerOf(context: Context): { readonly uid: number; readonly gid: number } | undefined {
  const { identity, service, spec } = context;
  const uid = identity?.uid ?? spec.process?.user.uid ?? 0;
  const isChosen = identity !== undefined || uid !== 0 || service.get(Group) !== undefined;
  return isChosen ? { uid, gid: gidOf(context) } : undefined;
}

/** Whether the files at this path of the host can be shown with another owner. */
export function canMap(path: string, { facts }: Pick<Context, "facts">): boolean {
  return facts.runtime.idMappedMounts && facts.canMapIds(path);
}

export function storageOf({ scope }: Context): Storage {
  return scope.storage ?? HOST_STORAGE;
}
