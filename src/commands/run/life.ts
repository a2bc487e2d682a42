import { complain } from "../../sys/output.ts";
import type { Prepared, Start } from "../pipeline.ts";
import { type Ground, makeGround } from "./launch.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { notifySocketOf } from "./notifySocket.ts";
import type { Orders } from "./signals.ts";
import { startTimer, type Timer } from "./timer.ts";
import { add, type Ended, type Judged, type Result, SO_FAR_SO_GOOD, type Verdict } from "./verdict.ts";

/** One service while it lives: what is decided, and what has become of it so far. */
export interface Life {
  readonly lifecycle: Lifecycle;
  readonly ground: Ground;
  readonly orders: Orders;
  /** Directories of all its cgroups. */
  readonly cgroups: readonly string[];
  /** Where it can notify us; absent when nobody may. */
  readonly notifySocket: string | undefined;
  /** Fulfilled by READY=1. */
  readonly ready: PromiseWithResolvers<void>;
  /** Fulfilled when WATCHDOG=1 did not come in time. */
  readonly silence: PromiseWithResolvers<void>;
  main: Process | undefined;
  /** It runs, and nobody knows which of its processes is the main one. */
  isMainUnknown: boolean;
  /** The command beside the main one. */
  control: Process | undefined;
  verdict: Verdict;
  /** How it is ended; otherwise than by KillSignal= when something went wrong. */
  ending: "terminate" | "abort" | "kill";
  /** What limits the present step. */
  timer: Timer | undefined;
  watchdog: Timer | undefined;
}

/** Before anything has been started. */
export function beginLife({ lifecycle, start, prepared, orders }: Birth): Life {
  return {
    lifecycle,
    orders,
    ground: makeGround(start, prepared),
    cgroups: start.expectation.cgroups ?? [],
    notifySocket: notifySocketOf(lifecycle, start.scope),
    ready: Promise.withResolvers(),
    silence: Promise.withResolvers(),
    main: undefined,
    isMainUnknown: false,
    control: undefined,
    verdict: SO_FAR_SO_GOOD,
    ending: "terminate",
    timer: undefined,
    watchdog: undefined,
  };
}

interface Birth {
  readonly lifecycle: Lifecycle;
  readonly start: Start;
  readonly prepared: Prepared;
  readonly orders: Orders;
}

/** A process that has not ended. */
export interface Process {
  readonly pid: number;
  readonly ended: Promise<Ended>;
}

export function note(life: Life, judged: Judged): void {
  life.verdict = add(life.verdict, judged);
}

/** Something that no exit code tells. */
export function fail(life: Life, result: Result, why: string): void {
  complain(`the service failed: ${why} (${result})`);
  note(life, { result, code: 0 });
}

/** Does `use` within a time limit that the service can extend. */
export async function within<T>(
  life: Life,
  milliseconds: number,
  use: (late: Promise<void>) => Promise<T>,
): Promise<T> {
  const outer = life.timer;
  const timer = startTimer(milliseconds);
  life.timer = timer;
  try {
    return await use(timer.passed);
  } finally {
    timer.stop();
    life.timer = outer;
  }
}
