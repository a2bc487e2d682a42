import type { IdMap, PathEdit } from "../../model/edit.ts";
import type { FileType } from "../../model/facts.ts";
import type { IdMapping, Mount } from "../../oci/spec.ts";
import { type AllAttributes, FLAG_NAMES, FLAGS, type State, stateOf } from "./mountState.ts";
import type { Source } from "./origin.ts";

type Attributes = Omit<AllAttributes, "noDevices">;

/** A mount that brings files: a directory of the host or a fresh tmpfs. */
export function fillingMount(
  edit: PathEdit,
  path: string,
  source: Source | undefined,
  state: Attributes,
  devices?: string,
): Mount {
  const isEmpty = edit.access === "emptyDirectory";
  const noSuid = state.noSuid || isEmpty || edit.noSuid === true;
  const noExec = state.noExec || isEmpty;
  const attributes = { ...state, noSuid, noExec, noDevices: isEmpty || edit.noDevices === true };
  if (edit.access === "privateDevices" && devices !== undefined) return devicesMount(path, devices, attributes);
  if (source === undefined) return freshMount(edit, path, attributes);
  if (edit.idMap !== undefined) return idMappedMount(edit.idMap, path, source, state);
  const kind = edit.recursive ? "rbind" : "bind";
  return bindMount(path, source, [kind, ...kept(source), ...lifted(source), ...setFlags(attributes, kind, source)]);
}

/** What a tmpfs is to take its mode from: a file system that obeys the option and stays empty. */
export function underlay({ destination, options = [] }: Mount): Mount {
  const kept = options.filter((option) => FLAG_NAMES.has(option) || option.startsWith("mode="));
  return { destination, type: "ramfs", source: "ramfs", options: kept };
}

/** The place bound onto itself. */
export function selfBind(path: string, source: Source, set: Attributes, cleared: Partial<State>): Mount {
  const flags = setFlags({ ...set, noDevices: false }, "rbind", source);
  return bindMount(path, source, [
    "rbind",
    ...kept(source),
    ...lifted(source),
    ...clearFlags(cleared, source),
    ...flags,
  ]);
}

export function inaccessibleMount(path: string, source: Source, noSuid: boolean): Mount {
  const flags = plainFlags({ readOnly: true, noExec: true, noSuid, noDevices: false });
  return bindMount(path, source, ["bind", ...kept(source), ...flags]);
}

/** The engine's mount, read-only or noexec if it must be; no other option is taken away. */
export function tighten(mount: Mount, want: State, source: Source | undefined): Mount {
  const is = stateOf(mount);
  const added = { readOnly: want.readOnly && !is.readOnly, noExec: want.noExec && !is.noExec };
  if (!added.readOnly && !added.noExec) return mount;
  const opposed = new Set(added.readOnly ? ["rw", "rrw"] : []);
  const options = (mount.options ?? []).filter((option) => !opposed.has(option));
  const flags = { ...added, noSuid: false, noDevices: false };
  if (source !== undefined && isTree(source.type)) return { ...mount, options: [...options, ...recursiveFlags(flags)] };
  const named = source === undefined ? [] : kept(source);
  return { ...mount, options: [...new Set([...options, ...named, ...plainFlags(flags)])] };
}

function bindMount(destination: string, { path }: Source, options: readonly string[]): Mount {
  return { destination, type: "bind", source: path, options: [...new Set(options)] };
}

/** crun 1.8.1 remounts every bind, which drops all flags that it does not name; ro is in the wanted state. */
function kept({ flags }: Source): readonly string[] {
  return flags.filter((flag) => flag !== "ro");
}

/**
 * Recursive flags are set with mount_setattr(2), which leaves all others and those of mounts below alone; crun 1.8.1
 * fails with them on a file (ENOTDIR).
 */
function setFlags(attributes: AllAttributes, kind: "bind" | "rbind", { type }: Source): readonly string[] {
  return kind === "rbind" && isTree(type) ? recursiveFlags(attributes) : plainFlags(attributes);
}

/** What does not exist yet will be a directory. */
export function isTree(type: FileType): boolean {
  return type === "directory" || type === "missing";
}

/** runc remounts a file only for a flag that it knows, and then without all that are not named. */
function clearFlags(cleared: Partial<State>, { type }: Source): readonly string[] {
  const words = [...(cleared.readOnly === false ? ["rw"] : []), ...(cleared.noExec === false ? ["exec"] : [])];
  if (isTree(type)) return words.map((word) => `r${word}`);
  return words.length > 0 ? [...words, "relatime"] : [];
}

function lifted(source: Source): readonly string[] {
  return source.isExecutable ? clearFlags({ noExec: false }, source) : [];
}

function plainFlags(attributes: AllAttributes): readonly string[] {
  return FLAGS.filter(([name]) => attributes[name]).map(([, flag]) => flag);
}

function recursiveFlags(attributes: AllAttributes): readonly string[] {
  return plainFlags(attributes).map((flag) => `r${flag}`);
}

/** dynuser has made the directory, with all mount points that are needed in it. */
function devicesMount(path: string, devices: string, attributes: AllAttributes): Mount {
  return bindMount(path, { path: devices, type: "directory", flags: [] }, ["bind", ...plainFlags(attributes)]);
}

function freshMount(edit: PathEdit, path: string, attributes: AllAttributes): Mount {
  // Runtimes choose the version themselves.
  const type = edit.fileSystem === "cgroup2" ? "cgroup" : (edit.fileSystem ?? "tmpfs");
  return { destination: path, type, source: type, options: [...plainFlags(attributes), ...(edit.options ?? [])] };
}

/** nosuid and nodev as systemd has them (apply_one_mount), noexec unless ExecPaths= says otherwise; twice, as crun 1.8.1 drops the plain ones on a writable ID-mapped mount. */
function idMappedMount({ disk, shown, groups = [] }: IdMap, path: string, source: Source, state: State): Mount {
  const flags = { ...state, noSuid: true, noDevices: true };
  return {
    destination: path,
    type: "bind",
    source: source.path,
    options: ["bind", ...lifted(source), ...plainFlags(flags), ...recursiveFlags(flags)],
    uidMappings: idMappings([[disk.uid, shown.uid], ROOT]),
    gidMappings: idMappings([
      [disk.gid, shown.gid],
      ...groups.map((group) => [group.disk, group.shown] as const),
      ROOT,
    ]),
  };
}

/** As under systemd 257, root's files stay root's: what a command with `+` or `!` makes, or the administrator. */
const ROOT = [0, 0] as const;

/** The kernel refuses a map that has an ID twice, on either side (user_namespaces(7)): the first pair counts. */
function idMappings(pairs: readonly (readonly [disk: number, shown: number])[]): readonly IdMapping[] {
  const isNew = ([disk, shown]: readonly [number, number], index: number) =>
    !pairs.slice(0, index).some((other) => other[0] === disk || other[1] === shown);
  return pairs.filter(isNew).map(([disk, shown]) => oneId(disk, shown));
}

function oneId(onDisk: number, shown: number): IdMapping {
  return { containerID: onDisk, hostID: shown, size: 1 };
}
