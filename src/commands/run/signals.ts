import { sendSignal } from "../../sys/process.ts";

/** What a terminal sends to everybody in front of it; the rest is meant for the one process. */
const FOR_THE_GROUP: readonly NodeJS.Signals[] = ["SIGINT", "SIGQUIT", "SIGHUP", "SIGWINCH", "SIGTSTP", "SIGCONT"];
const FOR_THE_PROCESS: readonly NodeJS.Signals[] = ["SIGTERM", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGPIPE"];

/** What the signals that reach us mean. */
export interface Orders {
  /** Fulfilled when somebody wants the service to stop, with the signal that says so. */
  readonly stop: Promise<NodeJS.Signals>;
  /** The signal that asked for the stop, if any has. */
  stopSignal(): NodeJS.Signals | undefined;
  /** From now on the others go to this process, the leader of its group; those that came before are sent now. */
  direct(pid: number): void;
  /** What SIGHUP does instead of being passed on. */
  onReload(reload: () => void): void;
}

/** SIGTERM stops the service, and so do the signals in `stopping`; all others reach the command as if it ran in our place. */
export function takeOrders(stopping: readonly NodeJS.Signals[]): Orders {
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
  for (const signal of [...FOR_THE_GROUP, ...FOR_THE_PROCESS]) process.on(signal, pass);
  return {
    stop,
    stopSignal: () => stopSignal,
    direct: (pid) => {
      target = pid;
      for (const signal of early.splice(0)) relay(pid, signal);
    },
    onReload: (call) => {
      reload = call;
    },
  };
}

function relay(pid: number, signal: NodeJS.Signals): void {
  sendSignal(FOR_THE_GROUP.includes(signal) ? -pid : pid, signal);
  // The shell in front waits for us to stop as well.
  if (signal === "SIGTSTP") sendSignal(process.pid, "SIGSTOP");
}
