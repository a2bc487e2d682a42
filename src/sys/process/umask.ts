/*
 * The bits that the kernel takes from the mode of what this process makes (umask(2)). The only call that returns them changes
 * them, so they are kept here: all changes go through `setUmask`.
 */

let known: number | undefined;

/** Sets the umask; returns the one before. */
export function setUmask(mask: number): number {
  const before = ownUmask();
  if (mask !== before) process.umask(mask);
  known = mask;
  return before;
}

/** Whether what is made with this mode has it then: nothing is masked, and no bit in it that mkdir(2) does not set. */
export function isKept(mode: number): boolean {
  return mode <= 0o777 && (mode & ownUmask()) === 0;
}

export function ownUmask(): number {
  known ??= process.umask();
  return known;
}
