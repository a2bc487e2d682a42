import { type Directive, directive } from "../directive.ts";
import type { Change, PathEdit } from "../edit.ts";
import type { Context } from "../plan.ts";
import type { Service } from "../service.ts";
import { boolean } from "../values/boolean.ts";
import { choice } from "../values/choice.ts";
import { type AllowedDevice, deviceAllow } from "../values/deviceAllow.ts";
import { impliedFilter } from "../values/impliedFilter.ts";
import { type DeviceSettings, planDevices } from "./deviceRules.ts";
import { IPCNamespacePath, PrivateIPC } from "./namespaces.ts";
import { ProtectClock } from "./protectClock.ts";
import { ReadOnlyPaths } from "./readWritePaths.ts";

export const DevicePolicy: Directive<"auto" | "closed" | "strict"> = directive({
  name: "DevicePolicy",
  summary: "Which devices can be used: all, pseudo devices and those of DeviceAllow=, or only the latter",
  value: choice(["auto", "closed", "strict"]),
  support: "partial",
  effect: "takes",
  deviation: "runtimes always allow pseudo devices, so that strict is as closed",
  plan: (_, context) => planDevices(settingsOf(context.service), context),
});

export const DeviceAllow: Directive<readonly AllowedDevice[]> = directive({
  name: "DeviceAllow",
  summary: "Devices that can be used; one of them closes all that are not listed",
  value: deviceAllow,
  support: "full",
  effect: "takes",
  plan: (_, context) => planDevices(settingsOf(context.service), context),
});

export const PrivateDevices: Directive<boolean> = directive({
  name: "PrivateDevices",
  summary: "Gives the service a /dev with pseudo devices only",
  value: boolean,
  support: "partial",
  effect: "takes",
  deviation:
    "a /dev of the engine's own stays, read-only and without the nodes that DeviceAllow= does not list; /dev/console is there with a terminal; the journal's socket itself is at /dev/log",
  *plan(enabled, context) {
    if (!enabled) return;
    yield { kind: "capabilities", drop: ["CAP_MKNOD", "CAP_SYS_RAWIO"] };
    yield { kind: "seccomp", filter: impliedFilter("PrivateDevices") };
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

/** An engine makes a file system for /dev and lists the nodes in it. */
function hasOwnDevices({ spec }: Context): boolean {
  return (spec.mounts ?? []).some(
    ({ destination, type }) => destination.replace(/\/$/, "") === "/dev" && type === "tmpfs",
  );
}

const ENGINE_DEVICES: readonly PathEdit[] = [
  { kind: "path", path: "/dev", access: "readOnly" },
  { kind: "path", path: "/dev", access: "noExec" },
];

/** mount_private_dev() of src/core/namespace.c; the runtime makes the nodes in an empty /dev. */
function* privateDevices({ facts, service }: Context): Iterable<Change> {
  const options = ["strictatime", "mode=0755", "size=4m", "nr_inodes=64k"];
  const flags = { readOnly: true, noExec: true, noSuid: true } as const;
  yield { kind: "path", path: "/dev", access: "privateDevices", ...flags, options };
  // Its own read-only is not recursive, that of ReadOnlyPaths= is.
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
