import type { IdMap, PathEdit } from "../edit.ts";
import type { FileType } from "../facts.ts";
import type { IdMapping, Mount } from "../oci/spec.ts";
import type { State } from "./mountState.ts";

interface Attributes extends State {
  readonly noSuid: boolean;
}

/** Nodes of our own that nobody may open, made by the host part with mode 0000. */
export const INACCESSIBLE_NODES = {
  directory: "/run/dynuser/inaccessible/dir",
  other: "/run/dynuser/inaccessible/reg",
};

/** A mount with files of its own: a directory of the host or a fresh tmpfs. */
export function fillingMount(edit: PathEdit, path: string, source: string | undefined, state: Attributes): Mount {
  const attributes = { ...state, noSuid: state.noSuid || edit.noSuid === true, noDevices: edit.noDevices === true };
  if (source === undefined) return tmpfsMount(edit, path, attributes);
  if (edit.idMap !== undefined) return idMappedMount(edit.idMap, path, source, state);
  const kind = edit.recursive ? "rbind" : "bind";
  return { destination: path, type: "bind", source, options: [kind, ...recursiveFlags(attributes)] };
}

/**
 * The place bound onto itself. Only recursive attributes are used: they are set with mount_setattr(2) and leave all
 * others alone, whereas a plain `ro` is a remount that takes nosuid, nodev and noexec away from what had them.
 */
export function selfBind(path: string, source: string, set: Attributes, cleared: Partial<State>): Mount {
  const undone = [...(cleared.readOnly === false ? ["rrw"] : []), ...(cleared.noExec === false ? ["rexec"] : [])];
  const flags = recursiveFlags({ ...set, noDevices: false });
  return { destination: path, type: "bind", source, options: ["rbind", ...undone, ...flags] };
}

export function inaccessibleMount(path: string, type: FileType, hostPrefix: string): Mount {
  const node = type === "directory" ? INACCESSIBLE_NODES.directory : INACCESSIBLE_NODES.other;
  const flags = recursiveFlags({ readOnly: true, noExec: true, noSuid: true, noDevices: true });
  return { destination: path, type: "bind", source: hostPrefix + node, options: ["bind", ...flags] };
}

interface AllAttributes extends Attributes {
  readonly noDevices: boolean;
}

const FLAGS = [
  ["readOnly", "ro"],
  ["noSuid", "nosuid"],
  ["noDevices", "nodev"],
  ["noExec", "noexec"],
] as const satisfies readonly (readonly [keyof AllAttributes, string])[];

function plainFlags(attributes: AllAttributes): readonly string[] {
  return FLAGS.filter(([name]) => attributes[name]).map(([, flag]) => flag);
}

function recursiveFlags(attributes: AllAttributes): readonly string[] {
  return plainFlags(attributes).map((flag) => `r${flag}`);
}

function tmpfsMount(edit: PathEdit, path: string, attributes: AllAttributes): Mount {
  return {
    destination: path,
    type: "tmpfs",
    source: "tmpfs",
    options: [...plainFlags(attributes), ...(edit.options ?? [])],
  };
}

/** nosuid and nodev as systemd has them (apply_one_mount), noexec unless ExecPaths= says otherwise; twice, as crun 1.8.1 drops the plain ones on a writable ID-mapped mount. */
function idMappedMount({ disk, shown }: IdMap, path: string, source: string, state: State): Mount {
  const flags = { ...state, noSuid: true, noDevices: true };
  return {
    destination: path,
    type: "bind",
    source,
    options: ["bind", ...plainFlags(flags), ...recursiveFlags(flags)],
    uidMappings: [oneId(disk.uid, shown.uid)],
    gidMappings: [oneId(disk.gid, shown.gid)],
  };
}

function oneId(onDisk: number, shown: number): IdMapping {
  return { containerID: onDisk, hostID: shown, size: 1 };
}
