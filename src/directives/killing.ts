import { type Directive, directive } from "../directive.ts";
import { boolean } from "../values/boolean.ts";
import { choice } from "../values/choice.ts";
import { signal } from "../values/signal.ts";

const ENGINE = "the engine stops the container";
const NONE_STAYS = "whatever is left at the very end is killed, as no process outlives dynuser run";

export const KillMode = directive({
  name: "KillMode",
  summary: "Who is told to end: all processes, or the main one alone",
  value: choice(["control-group", "mixed", "process", "none"]),
  support: "partial",
  effect: "neutral",
  onlyRun: ENGINE,
  deviation: NONE_STAYS,
});

export const KillSignal = signalOf("KillSignal", "Tells the service to end; SIGTERM by default");
export const FinalKillSignal = signalOf("FinalKillSignal", "Ends what did not heed KillSignal=; SIGKILL by default");
export const WatchdogSignal = signalOf("WatchdogSignal", "Ends a service that is aborted; SIGABRT by default");
export const ReloadSignal = signalOf("ReloadSignal", "Makes a notify-reload service read its configuration again");

export const SendSIGKILL = directive({
  name: "SendSIGKILL",
  summary: "Ends by FinalKillSignal= what is still there after TimeoutStopSec=",
  value: boolean,
  support: "partial",
  effect: "neutral",
  onlyRun: ENGINE,
  deviation: NONE_STAYS,
});

export const SendSIGHUP = directive({
  name: "SendSIGHUP",
  summary: "Sends SIGHUP right after KillSignal=",
  value: boolean,
  support: "full",
  effect: "neutral",
  onlyRun: ENGINE,
});

function signalOf(name: string, summary: string): Directive<number> {
  return directive({ name, summary, value: signal, support: "full", effect: "neutral", onlyRun: ENGINE });
}
