/* What belongs to one of the paths above a path is found in as many steps as the path has components. */

/** What belongs to the nearest path strictly above `path` whose value `accepts`. */
export function nearestAbove<T>(
  index: ReadonlyMap<string, T>,
  path: string,
  accepts: (value: T) => boolean = () => true,
): T | undefined {
  for (const above of pathsAbove(path)) {
    const value = index.get(above);
    if (value !== undefined && accepts(value)) return value;
  }
  return undefined;
}

/** Whether `path` lies below one of these paths. */
export function isBelowAny(paths: ReadonlySet<string>, path: string): boolean {
  for (const above of pathsAbove(path)) if (paths.has(above)) return true;
  return false;
}

/** `/a/b`, `/a` and `/` for `/a/b/c`. */
export function* pathsAbove(path: string): Iterable<string> {
  if (path === "/") return;
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) yield path.slice(0, end);
  yield "/";
}
