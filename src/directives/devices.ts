import type { Context, Service } from "../model/directive.ts";
import { type Directive, directive } from "../model/directive.ts";
import type { PathEdit, PlannedChange } from "../model/edit.ts";
import { grade } from "../model/suggestion.ts";
import { boolean } from "../values/boolean.ts";
import { choice } from "../values/choice.ts";
import { denyCalls } from "../values/denyCalls.ts";
import { type AllowedDevice, deviceAllow } from "../values/deviceAllow.ts";
import { type DeviceSettings, planDevices } from "./deviceRules.ts";
import { IPCNamespacePath, PrivateIPC } from "./namespaces.ts";
import { ProtectClock } from "./protectClock.ts";
import { ReadOnlyPaths } from "./readWritePaths.ts";

export const DevicePolicy: Directive<"auto" | "closed" | "strict"> = directive({
  name: "DevicePolicy",
  summary: "Which devices the service can access: all, pseudo devices and those of DeviceAllow=, or only the latter",
  value: choice(["auto", "closed", "strict"]),
  support: "partial",
  effect: "restricts",
  suggest: "never",
  deviation: "runtimes always allow pseudo devices, so strict has the effect of closed",
  plan: (_, context) => planDevices(settingsOf(context.service), context),
});

export const DeviceAllow: Directive<readonly AllowedDevice[]> = directive({
  name: "DeviceAllow",
  summary: "Allows access to a device node; without DevicePolicy=, it denies all devices that are not listed",
  value: deviceAllow,
  support: "full",
  effect: "restricts",
  suggest: "never",
  plan: (_, context) => planDevices(settingsOf(context.service), context),
});

export const PrivateDevices: Directive<boolean> = directive({
  name: "PrivateDevices",
  summary: "Sets up a private /dev that contains pseudo devices only",
  value: boolean,
  support: "partial",
  effect: "restricts",
  suggest: { rank: 7, ...grade("yes") },
  deviation:
    "the engine's /dev is kept, read-only and without the nodes that DeviceAllow= does not list; /dev/console exists if there is a terminal; /dev/log is the journal's socket itself",
  filter: { order: 110, rules: (enabled) => (enabled ? denyCalls("@raw-io") : undefined) },
  *plan(enabled, context) {
    if (!enabled) return;
    yield { kind: "capabilities", drop: ["CAP_MKNOD", "CAP_SYS_RAWIO"] };
    yield* planDevices(settingsOf(context.service), context);
    yield* hasOwnDevices(context) ? ENGINE_DEVICES : privateDevices(context);
  },
});

function settingsOf(service: Service): DeviceSettings {
  return {
    policy: service.get(DevicePolicy) ?? "auto",
    allow: service.get(DeviceAllow) ?? [],
    isPrivate: service.get(PrivateDevices) ?? false,
    protectsClock: service.get(ProtectClock) ?? false,
  };
}

/** Whether the engine mounts a tmpfs at /dev and lists its nodes in the config. */
function hasOwnDevices({ spec }: Context): boolean {
  return (spec.mounts ?? []).some(
    ({ destination, type }) => destination.replace(/\/$/, "") === "/dev" && type === "tmpfs",
  );
}

const ENGINE_DEVICES: readonly PathEdit[] = [
  { kind: "path", path: "/dev", access: "readOnly" },
  { kind: "path", path: "/dev", access: "noExec" },
];

/** The file system of a private /dev (mount_private_dev() of src/core/namespace.c, TMPFS_LIMITS_PRIVATE_DEV). */
export const PRIVATE_DEVICES_TMPFS = ["mode=0755", "size=4m", "nr_inodes=64k"] as const;

/** mount_private_dev() of src/core/namespace.c; where dynuser does not make it, the runtime makes the nodes. */
function* privateDevices({ facts, service }: Context): Iterable<PlannedChange> {
  const options = ["strictatime", ...PRIVATE_DEVICES_TMPFS];
  const flags = { readOnly: true, noExec: true, noSuid: true } as const;
  yield { kind: "path", path: "/dev", access: "privateDevices", ...flags, options };
  // The read-only flag of a private /dev is not recursive, that of ReadOnlyPaths= is.
  const readOnly = (service.get(ReadOnlyPaths) ?? []).some(({ path }) => path === "/dev");
  const hasOwnQueues = service.get(PrivateIPC) === true || service.get(IPCNamespacePath) !== undefined;
  for (const name of ["pts", "shm", ...(hasOwnQueues ? [] : ["mqueue"]), "hugepages"]) {
    const path = `/dev/${name}`;
    if (facts.host.look(path).type !== "directory") continue;
    yield { kind: "path", path, access: "bind", source: path, recursive: true, noExec: false, readOnly };
  }
  const log = facts.host.look("/dev/log");
  if (log.type === "socket")
    yield { kind: "path", path: "/dev/log", access: "bind", source: log.path, recursive: false };
}
