import { quote, UserError } from "../errors.ts";
import type { Context } from "../model/directive.ts";
import { directive } from "../model/directive.ts";
import type { PlannedChange } from "../model/edit.ts";
import { grade } from "../model/suggestion.ts";
import type { NamespaceType } from "../oci/spec.ts";
import { messageQueues, ownProc, ownSys, procFileSystem } from "../values/apiFileSystems.ts";
import { boolean } from "../values/boolean.ts";
import { choice, choiceOrBoolean } from "../values/choice.ts";
import { path } from "../values/path.ts";

export const NetworkNamespacePath = directive({
  name: "NetworkNamespacePath",
  summary: "Runs the service in the network namespace that a file of the host refers to",
  value: path,
  support: "full",
  effect: "grants",
  *plan(place, context) {
    yield* join("NetworkNamespacePath", "network", place, context);
    yield* ownSys(context.facts.rootfs);
  },
});

export const PrivateNetwork = directive({
  name: "PrivateNetwork",
  summary: "Runs the service in a network namespace with only a loopback device",
  value: boolean,
  support: "partial",
  effect: "restricts",
  engineNative: true,
  suggest: { rank: 1, ...grade("yes") },
  deviation: "JoinsNamespaceOf= is not supported; control groups are mounted noexec in the new /sys",
  *plan(enabled, { service, facts }) {
    if (!enabled || service.get(NetworkNamespacePath) !== undefined) return;
    yield { kind: "namespace", type: "network" };
    yield* ownSys(facts.rootfs);
  },
});

export const IPCNamespacePath = directive({
  name: "IPCNamespacePath",
  summary: "Runs the service in the IPC namespace that a file of the host refers to",
  value: path,
  support: "full",
  effect: "grants",
  *plan(place, context) {
    yield* join("IPCNamespacePath", "ipc", place, context);
    yield* messageQueues(context.facts.rootfs);
  },
});

export const PrivateIPC = directive({
  name: "PrivateIPC",
  summary: "Runs the service in a new IPC namespace, with separate System V IPC objects and message queues",
  value: boolean,
  support: "partial",
  effect: "restricts",
  suggest: { rank: 25, ...grade("yes") },
  deviation: "JoinsNamespaceOf= is not supported",
  *plan(enabled, { service, facts }) {
    if (!enabled || service.get(IPCNamespacePath) !== undefined) return;
    yield { kind: "namespace", type: "ipc" };
    yield* messageQueues(facts.rootfs);
  },
});

export const PrivatePIDs = directive({
  name: "PrivatePIDs",
  summary: "Runs the service as the first process of a new PID namespace",
  value: choiceOrBoolean(["no", "yes"], "yes"),
  support: "full",
  effect: "restricts",
  suggest: "never",
  *plan(value) {
    if (value === "no") return;
    yield { kind: "namespace", type: "pid" };
    yield procFileSystem();
  },
});

export const PrivateMounts = directive({
  name: "PrivateMounts",
  summary: "Runs the service in a separate mount namespace",
  value: boolean,
  support: "partial",
  effect: "restricts",
  suggest: "never",
  deviation: "always enabled, as a container has a separate mount namespace; no is reported and ignored",
  *plan(enabled) {
    if (!enabled)
      yield { kind: "warning", text: "no has no effect, as a container always has a separate mount namespace" };
  },
});

export const MountFlags = directive({
  name: "MountFlags",
  summary: "Mount propagation of the service's mount namespace",
  value: choice(["shared", "slave", "private"]),
  support: "partial",
  effect: "grants",
  deviation:
    "mounts of the service never propagate to the host, not even with shared; under systemd neither, if the service has a mount namespace",
  *plan(flags) {
    // `dynuser run` starts from a slave copy of the host's mounts, so no mount propagates to the host.
    yield { kind: "linux", field: "rootfsPropagation", value: flags === "private" ? "rprivate" : "rslave" };
  },
});

export const MountAPIVFS = directive({
  name: "MountAPIVFS",
  summary: "Whether /proc, /sys, /dev and /run are mounted in the root directory of the service",
  value: boolean,
  support: "partial",
  effect: "neutral",
  deviation: "always enabled for containers; no is reported and ignored",
  *plan(enabled, { facts }) {
    if (enabled) yield* ownProc(facts.rootfs);
    else yield { kind: "warning", text: "no has no effect, as containers always have /proc, /sys and /dev" };
  },
});

/** The runtime would open any file as root, and fail late if it is not a namespace. */
function* join(name: string, type: NamespaceType, path: string, { facts }: Context): Iterable<PlannedChange> {
  if (!isNamespace(path, facts)) {
    throw new UserError(
      `cannot honour ${name}=: found no namespace at ${quote(path)} on the host, expected a file like /run/netns/NAME or /proc/PID/ns/net`,
    );
  }
  yield { kind: "namespace", type, path };
}

/** The magic links in /proc/PID/ns resolve to no path, so only their directory can be looked up. */
function isNamespace(path: string, { host }: Context["facts"]): boolean {
  const [, directory] = /^(\/proc\/[^/]+\/ns)\/\w+$/.exec(path) ?? [];
  return directory === undefined ? host.look(path).type === "file" : host.look(directory).type === "directory";
}
