import { directive } from "../directive.ts";
import type { Change } from "../edit.ts";
import { quote, UserError } from "../errors.ts";
import type { NamespaceType } from "../oci/spec.ts";
import type { Context } from "../plan.ts";
import { messageQueues, ownProc, ownSys, procFileSystem } from "../values/apiFileSystems.ts";
import { boolean } from "../values/boolean.ts";
import { choice, choiceOrBoolean } from "../values/choice.ts";
import { path } from "../values/path.ts";

export const NetworkNamespacePath = directive({
  name: "NetworkNamespacePath",
  summary: "Runs the service in the network namespace that a file of the host stands for",
  value: path,
  support: "full",
  effect: "gives",
  *plan(place, context) {
    yield* join("NetworkNamespacePath", "network", place, context);
    yield* ownSys(context.facts.rootfs);
  },
});

export const PrivateNetwork = directive({
  name: "PrivateNetwork",
  summary: "Gives the service a network of its own that has nothing but a loopback device",
  value: boolean,
  support: "partial",
  effect: "takes",
  deviation: "JoinsNamespaceOf= is not read; control groups are noexec in the /sys that goes with it",
  *plan(enabled, { service, facts }) {
    if (!enabled || service.get(NetworkNamespacePath) !== undefined) return;
    yield { kind: "namespace", type: "network" };
    yield* ownSys(facts.rootfs);
  },
});

export const IPCNamespacePath = directive({
  name: "IPCNamespacePath",
  summary: "Runs the service in the IPC namespace that a file of the host stands for",
  value: path,
  support: "full",
  effect: "gives",
  *plan(place, context) {
    yield* join("IPCNamespacePath", "ipc", place, context);
    yield messageQueues();
  },
});

export const PrivateIPC = directive({
  name: "PrivateIPC",
  summary: "Gives the service System V IPC objects and message queues of its own",
  value: boolean,
  support: "partial",
  effect: "takes",
  deviation: "JoinsNamespaceOf= is not read",
  *plan(enabled, { service }) {
    if (!enabled || service.get(IPCNamespacePath) !== undefined) return;
    yield { kind: "namespace", type: "ipc" };
    yield messageQueues();
  },
});

export const PrivatePIDs = directive({
  name: "PrivatePIDs",
  summary: "Runs the service as the first process of a PID namespace of its own",
  value: choiceOrBoolean(["no", "yes"], "yes"),
  support: "full",
  effect: "takes",
  *plan(value) {
    if (value === "no") return;
    yield { kind: "namespace", type: "pid" };
    yield procFileSystem();
  },
});

export const PrivateMounts = directive({
  name: "PrivateMounts",
  summary: "Keeps mounts that the service makes from the host",
  value: boolean,
  support: "partial",
  effect: "takes",
  deviation: "always so: a container has mounts of its own, and no is only warned about",
  *plan(enabled) {
    if (!enabled) yield { kind: "warning", text: "no has no effect, as a container always has mounts of its own" };
  },
});

export const MountFlags = directive({
  name: "MountFlags",
  summary: "Whether mounts made on the host later appear in the service, and its own below them",
  value: choice(["shared", "slave", "private"]),
  support: "partial",
  effect: "gives",
  deviation: "shared never lets mounts of the service out to the host, as under systemd with mounts of its own",
  *plan(flags) {
    // The copy of the host's mounts that we start from is a slave of them, so that nothing goes out with any of them.
    yield { kind: "linux", field: "rootfsPropagation", value: flags === "private" ? "rprivate" : "rslave" };
  },
});

export const MountAPIVFS = directive({
  name: "MountAPIVFS",
  summary: "Puts /proc, /sys, /dev and /run into a root file system that lacks them",
  value: boolean,
  support: "partial",
  effect: "neutral",
  deviation: "always so: containers have them, and no is only warned about",
  *plan(enabled, { facts }) {
    if (enabled) yield* ownProc(facts.rootfs);
    else yield { kind: "warning", text: "no has no effect, as containers always have /proc, /sys and /dev" };
  },
});

/** The runtime opens it as root and fails late when it is not what it ought to be. */
function* join(name: string, type: NamespaceType, path: string, { facts }: Context): Iterable<Change> {
  if (!isNamespace(path, facts)) {
    throw new UserError(
      `cannot honour ${name}=: found no namespace at ${quote(path)} on the host, expected a file like /run/netns/NAME or /proc/PID/ns/net`,
    );
  }
  yield { kind: "namespace", type, path };
}

/** Links like those of /proc/PID/ns lead to no path, so that they cannot be looked at as others are. */
function isNamespace(path: string, { host }: Context["facts"]): boolean {
  const [, directory] = /^(\/proc\/[^/]+\/ns)\/\w+$/.exec(path) ?? [];
  return directory === undefined ? host.look(path).type === "file" : host.look(directory).type === "directory";
}
