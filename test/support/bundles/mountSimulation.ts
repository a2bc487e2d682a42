import type { Facts } from "../../../src/model/facts.ts";
import type { Mount, Spec } from "../../../src/oci/spec.ts";

/** Mounts as the kernel would have them: of several that hold a path the deepest and then the latest counts. */
type Table = readonly Mounted[];

interface Mounted {
  readonly path: string;
  readonly readOnly: boolean;
  /** What is seen there: `image:/data`, a path of the host, or `new tmpfs`. */
  readonly origin: string;
}

/**
 * Whether a path can be written in a container of this spec, by the rules of crun 1.8.1 and runc 1.1.5 that matter: mounts
 * are made in order and in place, a bind loses `ro` of its source unless it is asked for again (crun), `rro` is recursive,
 * the root and readonlyPaths are made read-only last and not recursively.
 */
export function canWrite(spec: Spec, facts: Facts): (path: string) => boolean {
  const table = mountTable(spec, facts);
  return (path) => !holder(table, path).readOnly;
}

/** What is seen at a path in a container of this spec: `image:/data/x`, a path of the host, or `new tmpfs`. */
export function shownAt(spec: Spec, facts: Facts): (path: string) => string {
  const table = mountTable(spec, facts);
  return (path) => originOf(table, path);
}

function mountTable(spec: Spec, facts: Facts): Table {
  const pristine: Table = [
    { path: "/", readOnly: false, origin: "image:" },
    ...facts.rootfs.submounts.map(({ path, readOnly }) => ({ path, readOnly, origin: `image:${path}` })),
  ];
  const mounted = [...pristine];
  for (const mount of spec.mounts ?? []) mounted.push(...mountAll(mount, mounted, pristine, facts));
  const table = mounted.map((one, i) => (i === 0 && spec.root?.readonly ? { ...one, readOnly: true } : one));
  for (const path of spec.linux?.readonlyPaths ?? []) {
    table.push(...copies(table, path, path).map((one) => (one.path === path ? { ...one, readOnly: true } : one)));
  }
  return table;
}

function mountAll(
  { source = "", destination, type, options = [] }: Mount,
  live: Table,
  pristine: Table,
  facts: Facts,
): Table {
  const readOnly = options.includes("ro");
  if (type !== "bind") return [{ path: destination, readOnly, origin: `new ${type}` }];
  const { hostPrefix, path, isHost } = facts.rootfs;
  const [prefix, table] = isHost ? [hostPrefix, pristine] : [path, live];
  const inTree = source.startsWith(`${prefix}/`);
  const made = inTree
    ? copies(table, source.slice(prefix.length), destination)
    : [{ path: destination, readOnly: false, origin: source }];
  return made
    .filter((one) => options.includes("rbind") || one.path === destination)
    .map((one) => ({ ...one, readOnly: one.path === destination ? readOnly : one.readOnly }))
    .map((one) => ({ ...one, readOnly: (one.readOnly && !options.includes("rrw")) || options.includes("rro") }));
}

/** What a recursive bind of `source` on `destination` adds. */
function copies(table: Table, source: string, destination: string): Table {
  const below = table.filter((one) => one.path.startsWith(`${source}/`) && holder(table, one.path) === one);
  return [
    { path: destination, readOnly: holder(table, source).readOnly, origin: originOf(table, source) },
    ...below.map((one) => ({ ...one, path: destination + one.path.slice(source.length) })),
  ];
}

function originOf(table: Table, path: string): string {
  const { path: place, origin } = holder(table, path);
  return origin.startsWith("new ") ? origin : origin + path.slice(place === "/" ? 0 : place.length);
}

/** The last mount over a place hides all earlier ones there and below. */
function holder(table: Table, path: string): Mounted {
  return table.findLast((one) => one.path === "/" || path === one.path || path.startsWith(`${one.path}/`))!;
}
