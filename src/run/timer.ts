/** A time limit that may move. */
export interface Timer {
  /** Resolves when the time is up; never after `stop`. */
  readonly passed: Promise<void>;
  /** At least this many milliseconds from now on (EXTEND_TIMEOUT_USEC= in sd_notify(3)). */
  extend(milliseconds: number): void;
  /** Begins the span again. */
  restart(): void;
  stop(): void;
}

export function startTimer(milliseconds: number): Timer {
  let handle: NodeJS.Timeout | undefined;
  let end = 0;
  const { promise: passed, resolve } = Promise.withResolvers<void>();
  const set = (span: number) => {
    clearTimeout(handle);
    end = performance.now() + span;
    handle = Number.isFinite(span) ? setTimeout(resolve, span) : undefined;
  };
  set(milliseconds);
  return {
    passed,
    extend: (span) => {
      if (performance.now() + span > end) set(span);
    },
    restart: () => set(milliseconds),
    stop: () => clearTimeout(handle),
  };
}

export const NEVER: Promise<never> = new Promise(() => {});

/** The name of the promise that is fulfilled first; the first one named if several already are. */
export function firstOf<K extends string>(promises: Readonly<Record<K, Promise<unknown>>>): Promise<K> {
  const names = Object.keys(promises) as K[];
  return Promise.race(names.map((name) => promises[name].then(() => name)));
}
