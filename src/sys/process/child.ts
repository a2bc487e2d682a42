import { spawn } from "node:child_process";

/** A program that runs beside us. */
export interface Child {
  /** Its exit code; undefined when a signal has ended it, or it cannot be started. */
  readonly ended: Promise<number | undefined>;
  /** Asks it to end; one that does not do so is made to. */
  stop(): void;
}

/**
 * Starts a program in a new session, so that signals from a terminal do not reach it; its output is dropped.
 * @param errors where its standard error goes
 */
export function startChild(path: string, args: readonly string[], errors: "ignore" | "inherit" = "ignore"): Child {
  const child = spawn(path, args, { stdio: ["ignore", "ignore", errors], detached: true });
  const ended = new Promise<number | undefined>((resolve) => {
    child.once("error", () => resolve(undefined));
    child.once("exit", (code) => resolve(code ?? undefined));
  });
  const stop = () => {
    child.kill("SIGTERM");
    const cancel = after(PATIENCE_MS, () => child.kill("SIGKILL"));
    void ended.then(cancel);
  };
  return { ended, stop };
}

const PATIENCE_MS = 5000;

/** Calls `act` for each signal that asks us to end; returns how to leave them alone again. */
export function onEndSignals(act: (signal: NodeJS.Signals) => void): () => void {
  const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of SIGNALS) process.on(signal, act);
  return () => {
    for (const signal of SIGNALS) process.off(signal, act);
  };
}

/** Calls `act` after some time, unless it is cancelled. */
export function after(milliseconds: number, act: () => void): () => void {
  const timer = setTimeout(act, milliseconds);
  return () => clearTimeout(timer);
}
