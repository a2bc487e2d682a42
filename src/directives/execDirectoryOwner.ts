import { type Context, HOST_STORAGE, type Storage } from "../plan.ts";

/** Without User= the engine's user; root leaves everything to whom it belongs. */
export function ownerOf({ identity, spec }: Context): { readonly uid: number; readonly gid: number } | undefined {
  if (identity !== undefined) return { uid: identity.uid, gid: identity.gid };
  const { uid = 0, gid = 0 } = spec.process?.user ?? {};
  return uid === 0 ? undefined : { uid, gid };
}

/** Whether the files at this path of the host can be shown as somebody else's. */
export function canMap(path: string, { facts }: Pick<Context, "facts">): boolean {
  return facts.runtime.idMappedMounts && facts.canMapIds(path);
}

export function storageOf({ scope }: Context): Storage {
  return scope.storage ?? HOST_STORAGE;
}
