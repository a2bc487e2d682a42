import { sendSignal } from "./process.ts";

/** What a terminal sends to everybody in front of it; the rest is meant for the one process. */
const FOR_THE_GROUP: readonly NodeJS.Signals[] = ["SIGINT", "SIGQUIT", "SIGHUP", "SIGWINCH", "SIGTSTP", "SIGCONT"];
const FOR_THE_PROCESS: readonly NodeJS.Signals[] = ["SIGTERM", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGPIPE"];

export interface Relay {
  /** From now on signals go to this process, the leader of its group; those that came before are sent now. */
  direct(pid: number): void;
  stop(): void;
}

/** Passes signals that reach us on, so that the command gets them as if it ran in our place. */
export function relaySignals(): Relay {
  const early: NodeJS.Signals[] = [];
  let target: number | undefined;
  const pass = (signal: NodeJS.Signals) => {
    if (target === undefined) early.push(signal);
    else relay(target, signal);
  };
  const signals = [...FOR_THE_GROUP, ...FOR_THE_PROCESS];
  for (const signal of signals) process.on(signal, pass);
  return {
    direct: (pid) => {
      target = pid;
      for (const signal of early.splice(0)) relay(pid, signal);
    },
    stop: () => {
      for (const signal of signals) process.off(signal, pass);
    },
  };
}

function relay(pid: number, signal: NodeJS.Signals): void {
  sendSignal(FOR_THE_GROUP.includes(signal) ? -pid : pid, signal);
  // The shell in front waits for us to stop as well.
  if (signal === "SIGTSTP") sendSignal(process.pid, "SIGSTOP");
}

/** 128 + n as shells do it. */
export function exitCodeOf(end: { readonly code: number } | { readonly signal: number }): number {
  return "code" in end ? end.code : 128 + end.signal;
}
