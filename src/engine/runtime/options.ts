/*
 * The command lines of crun and runc as data: which verbs start something, which options they take. The parser
 * (arguments.ts), the canonical vector (canonical.ts) and the shell's own grammar (src/tools/trampoline.ts) come from it.
 * Sources: `crun VERB --help`, src/*.c of crun 1.8 to 1.28; `runc VERB --help`, *.go of runc 1.1 to 1.5.
 */

export type RuntimeName = "crun" | "runc";

export interface OptionRow {
  readonly name: string;
  /** The one-letter name. */
  readonly short?: string;
  /** Absent for a switch. `optional`: a value only where it is glued on (crun), or a boolean one (runc). */
  readonly takes?: "value" | "optional";
  /** Each occurrence counts; of all other options the last one does, in both runtimes. */
  readonly repeats?: true;
  /** The runtime prints something and ends. */
  readonly prints?: true;
  /** Absent for an option of both. */
  readonly only?: RuntimeName;
  /** What `exec --process` has a file for. */
  readonly describesProcess?: true;
  /** The member of linux.resources that it changes, as `update --resources` names it. */
  readonly resource?: string;
}

/** An option as it was found. */
export interface Option {
  readonly row: OptionRow;
  /** Of an option that takes a value, and of a switch of runc that was given one. */
  readonly value?: string;
}

const HELP: readonly OptionRow[] = [
  { name: "help", short: "h", prints: true, only: "runc" },
  { name: "help", short: "?", prints: true, only: "crun" },
  { name: "usage", prints: true, only: "crun" },
];

/** Before the verb; runc 1.4 and later (urfave/cli v3) take them after it too. */
export const GLOBAL_OPTIONS: readonly OptionRow[] = [
  { name: "root", takes: "value" },
  { name: "log", takes: "value" },
  { name: "log-format", takes: "value" },
  { name: "log-level", takes: "value", only: "crun" },
  { name: "rootless", takes: "value" },
  { name: "cgroup-manager", takes: "value", only: "crun" },
  { name: "criu", takes: "value", only: "runc" },
  { name: "debug" },
  { name: "systemd-cgroup" },
  { name: "version", short: "v", prints: true },
  { name: "version", short: "V", prints: true, only: "crun" },
  ...HELP,
];

const START: readonly OptionRow[] = [
  { name: "bundle", short: "b", takes: "value" },
  { name: "console-socket", takes: "value" },
  { name: "pid-file", takes: "value" },
  { name: "no-pivot" },
  { name: "no-subreaper" },
  ...HELP,
];

const CREATE: readonly OptionRow[] = [
  ...START,
  { name: "config", short: "f", takes: "value", only: "crun" },
  { name: "pidfd-socket", takes: "value", only: "runc" },
  { name: "preserve-fds", takes: "value" },
  { name: "no-new-keyring" },
];

const RUN: readonly OptionRow[] = [...CREATE, { name: "detach", short: "d" }, { name: "keep" }];

const RESTORE: readonly OptionRow[] = [
  ...START,
  { name: "detach", short: "d" },
  { name: "image-path", takes: "value" },
  { name: "work-path", takes: "value" },
  { name: "manage-cgroups-mode", takes: "value" },
  { name: "lsm-profile", takes: "value" },
  { name: "lsm-mount-context", takes: "value" },
  { name: "empty-ns", takes: "value", repeats: true, only: "runc" },
  { name: "tcp-established" },
  { name: "tcp-close", only: "crun" },
  { name: "network-lock", only: "crun" },
  { name: "ext-unix-sk" },
  { name: "shell-job" },
  { name: "file-locks" },
  { name: "auto-dedup", only: "runc" },
  { name: "lazy-pages", only: "runc" },
];

const EXEC: readonly OptionRow[] = [
  { name: "process", short: "p", takes: "value" },
  { name: "console-socket", takes: "value" },
  { name: "pidfd-socket", takes: "value", only: "runc" },
  { name: "pid-file", takes: "value" },
  { name: "preserve-fds", takes: "value" },
  { name: "cgroup", takes: "value", repeats: true },
  { name: "detach", short: "d" },
  { name: "ignore-paused", only: "runc" },
  { name: "tty", short: "t", takes: "optional", describesProcess: true },
  { name: "cwd", takes: "value", describesProcess: true },
  { name: "env", short: "e", takes: "value", repeats: true, describesProcess: true },
  { name: "user", short: "u", takes: "value", describesProcess: true },
  { name: "additional-gids", short: "g", takes: "value", repeats: true, only: "runc", describesProcess: true },
  { name: "cap", short: "c", takes: "value", repeats: true, describesProcess: true },
  { name: "process-label", takes: "value", describesProcess: true },
  { name: "apparmor", takes: "value", describesProcess: true },
  { name: "no-new-privs", describesProcess: true },
  ...HELP,
];

const UPDATE: readonly OptionRow[] = [
  { name: "resources", short: "r", takes: "value" },
  { name: "blkio-weight", takes: "value", resource: "blockIO.weight" },
  { name: "cpu-period", takes: "value", resource: "cpu.period" },
  { name: "cpu-quota", takes: "value", resource: "cpu.quota" },
  { name: "cpu-burst", takes: "value", resource: "cpu.burst" },
  { name: "cpu-share", takes: "value", resource: "cpu.shares" },
  { name: "cpu-rt-period", takes: "value", resource: "cpu.realtimePeriod" },
  { name: "cpu-rt-runtime", takes: "value", resource: "cpu.realtimeRuntime" },
  { name: "cpu-idle", takes: "value", resource: "cpu.idle" },
  { name: "cpuset-cpus", takes: "value", resource: "cpu.cpus" },
  { name: "cpuset-mems", takes: "value", resource: "cpu.mems" },
  { name: "kernel-memory", takes: "value", resource: "memory.kernel" },
  { name: "kernel-memory-tcp", takes: "value", resource: "memory.kernelTCP" },
  { name: "memory", takes: "value", resource: "memory.limit" },
  { name: "memory-reservation", takes: "value", resource: "memory.reservation" },
  { name: "memory-swap", takes: "value", resource: "memory.swap" },
  { name: "pids-limit", takes: "value", resource: "pids.limit" },
  { name: "l3-cache-schema", takes: "value" },
  { name: "mem-bw-schema", takes: "value" },
  ...HELP,
];

export interface VerbRow {
  readonly options: readonly OptionRow[];
  /** `container`: what starts is a bundle's; `process`, `change`: what it acts on is a container that is there already. */
  readonly acts: "container" | "process" | "change";
  /** How many operands there are; absent where a command of any length follows the container's ID. */
  readonly operands?: number;
  /** Which operand is the container's ID; the first one where absent. */
  readonly idAt?: number;
}

/** The verbs that start something in a container, or change one; all others start and change nothing. */
export const VERBS: Readonly<Record<string, VerbRow>> = {
  create: { options: CREATE, acts: "container", operands: 1 },
  run: { options: RUN, acts: "container", operands: 1 },
  restore: { options: RESTORE, acts: "container", operands: 1 },
  exec: { options: EXEC, acts: "process" },
  update: { options: UPDATE, acts: "change", operands: 1 },
  mounts: { options: HELP, acts: "change", operands: 3, idAt: 1 },
};
