/** For values that are words: each leaves a container less than those before it. */
export function ranked<T>(...widestFirst: readonly T[]): (value: T, bound: T) => boolean {
  return (value, bound) => widestFirst.indexOf(value) >= widestFirst.indexOf(bound);
}

/** For lists of what is taken away: all that the bound takes, and perhaps more. */
export function takesAll(
  value: readonly { readonly path: string }[],
  bound: readonly { readonly path: string }[],
): boolean {
  return bound.every((taken) => value.some(({ path }) => path === taken.path));
}

/** Whether `name` is one of these places or lies below one. */
export function isAtOrBelow(name: string, places: readonly string[]): boolean {
  return places.some((place) => `${name}/`.startsWith(`${place}/`));
}
