import { dirname } from "node:path";
import type { PathEdit } from "../../model/edit.ts";
import type { Facts, FileType, MountFlag, PathStatus, Tree } from "../../model/facts.ts";
import { isBind } from "../../oci/mountOptions.ts";
import type { Mount } from "../../oci/spec.ts";
import { isBelow } from "./mountState.ts";

/** What is bound. */
export interface Source {
  /** Of the host. */
  readonly path: string;
  readonly type: FileType;
  /** Of the mount it lies in. */
  readonly flags: readonly MountFlag[];
  /** The noexec of that mount is lifted. */
  readonly isExecutable?: true;
}

/** ExecPaths= lifts even what the host has mounted noexec, as under systemd (src/core/namespace.c, make_noexec). */
export function madeExecutable(source: Source): Source {
  if (!source.flags.includes("noexec")) return source;
  return { ...source, flags: source.flags.filter((flag) => flag !== "noexec"), isExecutable: true };
}

/**
 * Where the files of a place come from, and so what can be bound over them. `closed` is a mount of the engine or one
 * without files: links in it belong to others, so that we never take a source from there.
 */
export type Origin = OpenOrigin | { readonly kind: "closed" };

export type OpenOrigin =
  /** `live`: sources lie in the tree that the mounts are made in, and change with them. */
  | { readonly kind: "rootfs"; readonly live: boolean; readonly at: (path: string) => Source }
  | { readonly kind: "host"; readonly at: (path: string) => Source };

/** Mounts are made in place, so on the host's own root a source must come from another copy of it. */
export function rootOrigin({ rootfs }: Facts): OpenOrigin {
  const prefix = rootfs.isHost ? rootfs.hostPrefix : rootfs.path;
  return { kind: "rootfs", live: !rootfs.isHost, at: (path) => sourceIn(rootfs, prefix, path) };
}

/** A bind of `path` onto itself can only come from an earlier application of the same edits. */
export function isOwnSource(source: string | undefined, path: string, facts: Facts): boolean {
  return source === rootOrigin(facts).at(path).path;
}

/** Of a mount at `path` that a directive asked for. */
export function originOf({ source, sourceMade }: PathEdit, path: string, { host, rootfs }: Facts): Origin {
  if (source === undefined) return { kind: "closed" };
  const place = sourceMade ? source : host.look(source).path;
  return { kind: "host", at: (below) => sourceIn(host, rootfs.hostPrefix, place + below.slice(path.length)) };
}

/** A file of the host. */
export function hostSource(path: string, { host, rootfs }: Facts): Source {
  return sourceIn(host, rootfs.hostPrefix, path);
}

/** Of a bind that the spec has; undefined for other mounts. */
export function sourceOfMount(mount: Mount, facts: Facts): Source | undefined {
  if (!isBind(mount) || !mount.source?.startsWith("/")) return undefined;
  const { type, mountFlags = [] } = lookAtSource(mount.source, facts);
  return { path: mount.source, type, flags: mountFlags };
}

/** Sources that we made ourselves begin with one of our own prefixes. */
export function lookAtSource(source: string, { host, rootfs }: Facts): PathStatus {
  const { hostPrefix, path } = rootfs;
  if (hostPrefix !== "" && isBelow(source, hostPrefix)) return host.look(source.slice(hostPrefix.length));
  return isBelow(source, path) ? rootfs.look(source.slice(path.length)) : host.look(source);
}

/** What a mount at `path` is made of, before us. */
export function flagsAt(tree: Tree, path: string): readonly MountFlag[] {
  const { mountFlags } = tree.look(path);
  // What is missing will lie in the mount of its parent.
  return mountFlags ?? (path === "/" ? [] : flagsAt(tree, dirname(path)));
}

function sourceIn(tree: Tree, prefix: string, path: string): Source {
  return { path: prefix + path, type: tree.look(path).type, flags: flagsAt(tree, path) };
}
