import { UserError } from "../../errors.ts";
import { CGROUP_ROOT } from "../../host/cgroups.ts";
import { BusError, type Connection, connect, type MethodCall } from "../../sys/dbus/connection.ts";
import type { Variant } from "../../sys/dbus/marshal.ts";
import { failedCall } from "../../sys/failure.ts";
import { makeDirectory, readText } from "../../sys/files/files.ts";
import { writeText } from "../../sys/files/write.ts";
import { type Beside, startBeside } from "../../sys/process/beside.ts";
import type { CallerUnit } from "./caller.ts";

export interface ScopeRequest {
  /** The ID of the run. */
  readonly id: string;
  readonly slice: string;
  /** The caller's unit; absent for a caller in no unit. */
  readonly unit: CallerUnit | undefined;
  /** Slice= asks for it: a run without it would lack the limits of that slice. */
  readonly isRequired: boolean;
  /** The run has a limit of tasks itself, in place of DefaultTasksMax= (systemd-system.conf(5)). */
  readonly hasTaskLimit: boolean;
  warn(text: string): void;
}

/** systemd's own socket, for root and without the message bus; systemctl uses it too. */
const SOCKET = "/run/systemd/private";

/**
 * Asks systemd for a transient scope whose cgroup it delegates to the run.
 * @returns its directory; undefined, after a warning, where systemd does not give one
 * @throws UserError where the scope is required
 */
export function openScope(request: ScopeRequest): string | undefined {
  const watcher = startBeside("/bin/sh", ["-c", WATCH]);
  try {
    const directory = startScope(request, watcher);
    watcher.send(directory);
    return directory;
  } catch (error) {
    watcher.close();
    const reason = error instanceof BusError ? error.message : failedCall(error);
    if (reason === undefined) throw error;
    const problem = `cannot have a scope of systemd in ${request.slice}: ${reason}`;
    if (request.isRequired) throw new UserError(`${problem} (Slice=)`);
    request.warn(`${problem}; the run is outside of the caller's unit`);
    return undefined;
  }
}

/**
 * The first process of the scope, which keeps it while it has no other, and ends all of it when dynuser has ended: what
 * kills the caller's unit reaches dynuser, and so the scope. It reads the scope's directory, then the end of its input.
 */
const WATCH = `trap '' HUP INT QUIT TERM TSTP USR1 USR2 PIPE ALRM
read -r scope || exit
read -r line
echo 1 >"$scope/cgroup.kill"`;

function startScope(request: ScopeRequest, watcher: Beside): string {
  const { id, unit } = request;
  const bus = connect(SOCKET);
  try {
    // the number that we know the process by must mean the same to systemd
    if (bus.peer !== 1) throw new BusError("found it in another PID namespace, expected this one");
    const name = `dynuser-${id}.scope`;
    const properties = [
      ...basicProperties(request, watcher.pid),
      ...(unit === undefined ? [] : restrictionsOf(unit.name, bus)),
    ];
    const args = [name, "fail", properties, []];
    const [job] = bus.call(manager("StartTransientUnit", "ssa(sv)a(sa(sv))", args));
    const [, , , result] = bus.waitForSignal("JobRemoved", ([, path]) => path === job);
    if (result !== "done") throw new BusError(`its start ended with ${result}`);
    return moveAside(watcher.pid, name);
  } finally {
    bus.close();
  }
}

type Property = readonly [name: string, value: Variant];

/**
 * At a shutdown systemd stops the caller's unit first, as the scope was started before it: the command ends as the caller
 * ends it, not by a signal from elsewhere.
 */
function basicProperties({ id, slice, unit, hasTaskLimit }: ScopeRequest, pid: number): readonly Property[] {
  return [
    ["Description", { type: "s", value: `dynuser run (${id})` }],
    ["Slice", { type: "s", value: slice }],
    ["PIDs", { type: "au", value: [pid] }],
    ["Delegate", { type: "b", value: 1 }],
    ["CollectMode", { type: "s", value: "inactive-or-failed" }],
    ...(hasTaskLimit ? [["TasksMax", { type: "t", value: UNLIMITED }] as const] : []),
    ...(unit === undefined ? [] : [["Before", { type: "as", value: [unit.name] }] as const]),
  ];
}

const UNLIMITED = 2n ** 64n - 1n;

/** Restrictions of a unit that no file of its cgroup shows: what systemd has put on it with BPF, and for single devices. */
const RESTRICTIONS = [
  "IPAddressAllow",
  "IPAddressDeny",
  "IPIngressFilterPath",
  "IPEgressFilterPath",
  "BPFProgram",
  "SocketBindAllow",
  "SocketBindDeny",
  "RestrictNetworkInterfaces",
  "DeviceAllow",
  "DevicePolicy",
  "IOReadBandwidthMax",
  "IOWriteBandwidthMax",
  "IOReadIOPSMax",
  "IOWriteIOPSMax",
  "AllowedCPUs",
  "AllowedMemoryNodes",
] as const;

/** Those that the unit has; a version of systemd that does not know one answers with an error. */
function restrictionsOf(unit: string, bus: Connection): readonly Property[] {
  const [path] = bus.call(manager("GetUnit", "s", [unit])) as readonly [string];
  const suffix = unit.slice(unit.lastIndexOf(".") + 1);
  const type = `org.freedesktop.systemd1.${suffix[0]!.toUpperCase()}${suffix.slice(1)}`;
  const get = { path, interface: "org.freedesktop.DBus.Properties", member: "Get", signature: "ss" } as const;
  const answers = bus.callAll(RESTRICTIONS.map((name) => ({ ...get, args: [type, name] })));
  return answers.flatMap((answer, at) => {
    const value = answer?.[0] as Variant | undefined;
    return value === undefined || isDefault(value.value) ? [] : [[RESTRICTIONS[at]!, value] as const];
  });
}

/** An empty list; `(bas)` with one; DevicePolicy=auto. */
function isDefault(value: unknown): boolean {
  if (!Array.isArray(value)) return value === "auto" || value === "";
  return (
    value.length === 0 || (value.length === 2 && Array.isArray(value[1]) && value[1].length === 0 && value[0] === 0)
  );
}

function manager(member: string, signature: string, args: readonly unknown[]): MethodCall {
  return {
    path: "/org/freedesktop/systemd1",
    interface: "org.freedesktop.systemd1.Manager",
    member,
    signature,
    args,
  };
}

/** A cgroup that limits those below it has no processes itself. */
function moveAside(pid: number, name: string): string {
  const [, path = ""] = /^0::(\/.*)$/m.exec(readText(`/proc/${pid}/cgroup`)) ?? [];
  if (!path.endsWith(`/${name}`)) throw new BusError(`found its process in ${path}, expected ${name}`);
  const directory = CGROUP_ROOT + path;
  makeDirectory(`${directory}/dynuser-watch`, 0o755);
  writeText(`${directory}/dynuser-watch/cgroup.procs`, String(pid));
  return directory;
}
