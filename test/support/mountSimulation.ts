import type { Facts } from "../../src/facts.ts";
import type { Mount, Spec } from "../../src/oci/spec.ts";

/** Mounts as the kernel would have them: of several that hold a path the deepest and then the latest counts. */
type Table = readonly Mounted[];

interface Mounted {
  readonly path: string;
  readonly readOnly: boolean;
}

/**
 * Whether a path can be written in a container of this spec, by the rules of crun 1.8.1 and runc 1.1.5 that matter: mounts
 * are made in order and in place, a bind loses `ro` of its source unless it is asked for again (crun), `rro` is recursive,
 * the root and readonlyPaths are made read-only last and not recursively.
 */
export function canWrite(spec: Spec, facts: Facts): (path: string) => boolean {
  const pristine: Table = [
    { path: "/", readOnly: false },
    ...facts.rootfs.submounts.map(({ path, readOnly }) => ({ path, readOnly })),
  ];
  const mounted = [...pristine];
  for (const mount of spec.mounts ?? []) mounted.push(...mountAll(mount, mounted, pristine, facts));
  const table = mounted.map((one, i) => (i === 0 && spec.root?.readonly ? { ...one, readOnly: true } : one));
  for (const path of spec.linux?.readonlyPaths ?? []) {
    table.push(...copies(table, path, path).map((one) => (one.path === path ? { path, readOnly: true } : one)));
  }
  return (path) => !holder(table, path).readOnly;
}

function mountAll(
  { source = "", destination, type, options = [] }: Mount,
  live: Table,
  pristine: Table,
  facts: Facts,
): Table {
  const readOnly = options.includes("ro");
  if (type !== "bind") return [{ path: destination, readOnly }];
  const { hostPrefix, path, isHost } = facts.rootfs;
  const [prefix, table] = isHost ? [hostPrefix, pristine] : [path, live];
  const inTree = source.startsWith(`${prefix}/`);
  const made = inTree
    ? copies(table, source.slice(prefix.length), destination)
    : [{ path: destination, readOnly: false }];
  return made
    .filter((one) => options.includes("rbind") || one.path === destination)
    .map((one) => ({ path: one.path, readOnly: one.path === destination ? readOnly : one.readOnly }))
    .map((one) => ({ ...one, readOnly: (one.readOnly && !options.includes("rrw")) || options.includes("rro") }));
}

/** What a recursive bind of `source` on `destination` adds. */
function copies(table: Table, source: string, destination: string): Table {
  const below = table.filter((one) => one.path.startsWith(`${source}/`) && holder(table, one.path) === one);
  return [
    { path: destination, readOnly: holder(table, source).readOnly },
    ...below.map((one) => ({ path: destination + one.path.slice(source.length), readOnly: one.readOnly })),
  ];
}

/** The last mount over a place hides all earlier ones there and below. */
function holder(table: Table, path: string): Mounted {
  return table.findLast((one) => one.path === "/" || path === one.path || path.startsWith(`${one.path}/`))!;
}
