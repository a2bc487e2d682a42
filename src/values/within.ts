/** For words in increasing order of restriction. */
export function ordered<T>(...widestFirst: readonly T[]): (value: T, bound: T) => boolean {
  return (value, bound) => widestFirst.indexOf(value) >= widestFirst.indexOf(bound);
}

/** For lists of restrictions: contains at least the bound's. */
export function isSubset(
  value: readonly { readonly path: string }[],
  bound: readonly { readonly path: string }[],
): boolean {
  return bound.every((taken) => value.some(({ path }) => path === taken.path));
}

/** Whether `name` is one of these paths or lies below one. */
export function isAtOrBelow(name: string, places: readonly string[]): boolean {
  return places.some((place) => `${name}/`.startsWith(`${place}/`));
}
