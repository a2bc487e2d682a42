import type { Option } from "../../console/options.ts";

/** An option that is short for `-p`; systemd-run(1) and bwrap(1) have the same options. */
export interface Shortcut extends Option {
  /** The directive that it sets. */
  readonly sets: string;
}

const SHORTCUTS = [
  {
    name: "setenv",
    short: "E",
    argument: "NAME[=VALUE]",
    summary: "set a variable; without a value, the caller's",
    sets: "Environment",
  },
  { name: "uid", argument: "USER", summary: "run as this user of the host", sets: "User" },
  { name: "gid", argument: "GROUP", summary: "run with this group", sets: "Group" },
  { name: "nice", argument: "LEVEL", summary: "set the nice level", sets: "Nice" },
  {
    name: "working-directory",
    argument: "DIR",
    summary: "start the command in this directory",
    sets: "WorkingDirectory",
  },
  { name: "chdir", argument: "DIR", summary: "the same as --working-directory", sets: "WorkingDirectory" },
  { name: "same-dir", short: "d", summary: "start the command in the caller's directory", sets: "WorkingDirectory" },
  { name: "bind", argument: "SOURCE[:DEST]", summary: "bind-mount a path of the host", sets: "BindPaths" },
  { name: "ro-bind", argument: "SOURCE[:DEST]", summary: "the same, read-only", sets: "BindReadOnlyPaths" },
  { name: "tmpfs", argument: "DEST", summary: "mount an empty tmpfs", sets: "TemporaryFileSystem" },
  { name: "slice", argument: "SLICE", summary: "run in this slice of systemd", sets: "Slice" },
] as const satisfies readonly Shortcut[];

/** Options of every command that describes a service. */
export const SERVICE_OPTIONS = [
  {
    name: "property",
    short: "p",
    argument: "NAME=VALUE",
    summary: "set a directive of systemd.exec(5); repeatable",
  },
  {
    name: "unit",
    short: "u",
    argument: "UNIT",
    summary: "read this unit file, or the unit of this name; else name the run",
  },
  { name: "file", argument: "FILE", summary: "read this unit file with its drop-ins" },
  {
    name: "profile",
    argument: "PROFILE",
    summary: "read a YAML file, or built-in profile ci or agent; repeatable",
  },
  {
    name: "name",
    argument: "NAME",
    summary: "name of the service and of its user",
    default: "the unit's or unique",
  },
  { name: "rootfs", argument: "DIR", summary: "run in this root file system", default: "the host's" },
  { name: "runtime", argument: "RUNTIME", summary: "path or name of the OCI runtime", default: "crun, then runc" },
  {
    name: "workspace",
    argument: "DIR",
    summary: "work in this directory; its files keep their owner; repeatable",
  },
  { name: "protect-git", summary: "keep .git of the workspaces read-only" },
  { name: "discard", summary: "discard changes in the workspaces at the end" },
  {
    name: "network",
    argument: "MODE",
    summary: "host, none, or private with an uplink",
    default: "the settings'",
    values: ["host", "none", "private"],
  },
  {
    name: "allow-net",
    argument: "HOST[:PORT],…",
    summary: "let packets pass to and from these hosts alone; repeatable",
  },
  { name: "strict", summary: "refuse what systemd would ignore with a warning" },
  ...SHORTCUTS,
] as const satisfies readonly Option[];

export const RUN_OPTIONS = [
  ...SERVICE_OPTIONS,
  { name: "pty", short: "t", summary: "run the command on a new terminal; also --terminal" },
  { name: "terminal", summary: "the same as --pty", sameAs: "pty" },
  { name: "shell", short: "S", summary: "run the caller's shell on a new terminal, in the caller's directory" },
  { name: "result", argument: "FILE", summary: "write exit status and resource usage as JSON" },
  {
    name: "status-fd",
    argument: "FD",
    summary: "write a JSON line to this descriptor at the start and at the end",
  },
  { name: "die-with-parent", summary: "stop the service when the calling process ends" },
  { name: "quiet", short: "q", summary: "print no warnings" },
  { name: "pipe", short: "P", summary: "accepted: the command always has the caller's streams", isIgnored: true },
  { name: "wait", summary: "accepted: dynuser always waits", isIgnored: true },
  { name: "collect", short: "G", summary: "accepted: a failed run is always collected", isIgnored: true },
  { name: "description", argument: "TEXT", summary: "accepted, without effect", isIgnored: true },
] as const satisfies readonly Option[];

/** The options that are short for `-p`, by name. */
export function shortcutNamed(name: string): Shortcut | undefined {
  return SHORTCUTS.find((one) => one.name === name);
}

export function isShortcut(option: Option): option is Shortcut {
  return "sets" in option;
}
