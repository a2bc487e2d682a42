import { type Directive, directive } from "../model/directive.ts";
import { boolean } from "../values/boolean.ts";
import { choice } from "../values/choice.ts";
import { signal } from "../values/signal.ts";

const ENGINE = "the engine stops the container";
const NONE_STAYS = "processes that are left at the end are killed, as none may outlive dynuser run";

export const KillMode = directive({
  name: "KillMode",
  summary: "Which processes receive the signal: those of the cgroup, or the main process only",
  value: choice(["control-group", "mixed", "process", "none"]),
  support: "partial",
  effect: "neutral",
  runOnly: ENGINE,
  deviation: NONE_STAYS,
});

/** Since Linux 4.19. */
const GROUP_FILE = "memory.oom.group";

/** DefaultOOMPolicy= is stop (systemd-system.conf(5)). */
export const OOMPolicy = directive({
  name: "OOMPolicy",
  summary: "What happens to the service when the kernel kills one of its processes for want of memory; stop by default",
  value: choice(["continue", "stop", "kill"]),
  support: "partial",
  effect: "neutral",
  runOnly: "the engine decides about a container whose process was killed",
  deviation: "with cgroups of version 1, kill ends the other processes after the kernel has killed one",
  /** The kernel kills all processes of the cgroup together (src/core/cgroup.c, cgroup_context_apply). */
  *plan(policy, { facts: { cgroups } }) {
    if (policy !== "kill" || !cgroups.unified || !cgroups.controllers.includes("memory")) return;
    if (!cgroups.has("memory", GROUP_FILE)) return;
    yield { kind: "resources", resources: { unified: { [GROUP_FILE]: "1" } } };
  },
});

export const KillSignal = {
  ...signalOf("KillSignal", "The signal that stops the service, SIGTERM by default"),
  engineNative: true,
} satisfies Directive<number>;
export const FinalKillSignal = signalOf(
  "FinalKillSignal",
  "The signal for processes left after TimeoutStopSec=, SIGKILL by default",
);
export const WatchdogSignal = signalOf("WatchdogSignal", "The signal that aborts the service, SIGABRT by default");
export const ReloadSignal = signalOf(
  "ReloadSignal",
  "The signal that reloads a service of Type=notify-reload, SIGHUP by default",
);

export const SendSIGKILL = directive({
  name: "SendSIGKILL",
  summary: "Whether FinalKillSignal= is sent to processes left after TimeoutStopSec=",
  value: boolean,
  support: "partial",
  effect: "neutral",
  runOnly: ENGINE,
  deviation: NONE_STAYS,
});

export const SendSIGHUP = directive({
  name: "SendSIGHUP",
  summary: "Whether SIGHUP is sent immediately after KillSignal=",
  value: boolean,
  support: "full",
  effect: "neutral",
  runOnly: ENGINE,
});

function signalOf(name: string, summary: string): Directive<number> {
  return directive({ name, summary, value: signal, support: "full", effect: "neutral", runOnly: ENGINE });
}
