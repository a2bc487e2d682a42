import { type Context, HOST_STORAGE, type Storage } from "../plan.ts";
import { Group, gidOf } from "./user.ts";

/** Without User= and Group= the engine's user; root leaves everything to whom it belongs. */
export function ownerOf(context: Context): { readonly uid: number; readonly gid: number } | undefined {
  const { identity, service, spec } = context;
  const uid = identity?.uid ?? spec.process?.user.uid ?? 0;
  const isChosen = identity !== undefined || uid !== 0 || service.get(Group) !== undefined;
  return isChosen ? { uid, gid: gidOf(context) } : undefined;
}

/** Whether the files at this path of the host can be shown as somebody else's. */
export function canMap(path: string, { facts }: Pick<Context, "facts">): boolean {
  return facts.runtime.idMappedMounts && facts.canMapIds(path);
}

export function storageOf({ scope }: Context): Storage {
  return scope.storage ?? HOST_STORAGE;
}
