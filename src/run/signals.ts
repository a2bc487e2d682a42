import { sendSignal } from "../sys/process/process.ts";
import { signalNumber } from "../values/signal.ts";
import { deliver } from "./delivery.ts";

/** Signals that a terminal sends to the foreground process group; the others are for one process. */
const PROCESS_GROUP: readonly NodeJS.Signals[] = ["SIGINT", "SIGQUIT", "SIGHUP", "SIGWINCH", "SIGTSTP", "SIGCONT"];
const FOR_THE_PROCESS: readonly NodeJS.Signals[] = ["SIGTERM", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGPIPE"];

/** What the signals that dynuser receives ask for. */
export interface StopRequest {
  /** Fulfilled by a signal that stops the service. */
  readonly stop: Promise<NodeJS.Signals>;
  /** The signal that requested the stop, if any. */
  stopSignal(): NodeJS.Signals | undefined;
  /** Passes other signals to this process, the leader of its group, including those received so far. */
  direct(pid: number): void;
  /** Keeps other signals for the next process. */
  hold(): void;
  /** Signals have their default action from now on. */
  restore(): void;
  /** Called on SIGHUP, which is not passed on then. */
  onReload(reload: () => void): void;
}

/** SIGTERM and the signals in `stopping` stop the service; all others are passed to the command. */
export function forwardSignals(stopping: readonly NodeJS.Signals[]): StopRequest {
  const early: NodeJS.Signals[] = [];
  const { promise: stop, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let stopSignal: NodeJS.Signals | undefined;
  let target: number | undefined;
  let reload: (() => void) | undefined;
  const pass = (signal: NodeJS.Signals) => {
    if (signal === "SIGTERM" || stopping.includes(signal)) {
      stopSignal ??= signal;
      resolve(signal);
    } else if (signal === "SIGHUP" && reload !== undefined) reload();
    else if (target === undefined) early.push(signal);
    else relay(target, signal);
  };
  for (const signal of [...PROCESS_GROUP, ...FOR_THE_PROCESS]) process.on(signal, pass);
  return {
    stop,
    stopSignal: () => stopSignal,
    direct: (pid) => {
      target = pid;
      for (const signal of early.splice(0)) relay(pid, signal);
    },
    hold: () => {
      target = undefined;
      reload = undefined;
    },
    restore: () => {
      for (const signal of [...PROCESS_GROUP, ...FOR_THE_PROCESS]) process.off(signal, pass);
    },
    onReload: (call) => {
      reload = call;
    },
  };
}

function relay(pid: number, signal: NodeJS.Signals): void {
  deliver(pid, signalNumber(signal), PROCESS_GROUP.includes(signal));
  // The calling shell waits for dynuser to stop as well.
  if (signal === "SIGTSTP") sendSignal(process.pid, "SIGSTOP");
}
