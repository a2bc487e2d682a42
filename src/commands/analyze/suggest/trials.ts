import { after, type Child, startChild } from "../../../sys/child.ts";
import { complain } from "../../../sys/output.ts";

export interface TrialCall {
  /** Words of `dynuser run` that stay the same. */
  readonly before: readonly string[];
  readonly command: readonly string[];
  /** For the shell, outside of the sandbox. */
  readonly check: string | undefined;
  /** Longest time of one run. */
  readonly seconds: number;
}

/** Runs of one command under other and other settings, one at a time. */
export interface Trials {
  readonly count: number;
  /** Whether it ends well; undefined once it was stopped. */
  run(settings: readonly string[]): Promise<boolean | undefined>;
  /** Ends what runs now; nothing is run any more. */
  stop(): void;
}

export function makeTrials({ before, command, check, seconds }: TrialCall): Trials {
  const state: { count: number; isStopped: boolean; child: Child | undefined } = {
    count: 0,
    isStopped: false,
    child: undefined,
  };
  return {
    get count() {
      return state.count;
    },
    run: async (settings) => {
      if (state.isStopped) return undefined;
      state.count++;
      const passes = (await succeeds(process.execPath, argumentsFor(settings))) && (await isChecked());
      if (state.isStopped) return undefined;
      complain(`run ${state.count} ${passes ? "passes" : "fails "} ${describe(settings)}`);
      return passes;
    },
    stop: () => {
      state.isStopped = true;
      state.child?.stop();
    },
  };

  function argumentsFor(settings: readonly string[]): readonly string[] {
    return ["run", ...before, ...settings.flatMap((setting) => ["-p", setting]), "--", ...command];
  }

  async function isChecked(): Promise<boolean> {
    return check === undefined || (!state.isStopped && (await succeeds("/bin/sh", ["-c", check])));
  }

  /** One that hangs has not passed. */
  async function succeeds(path: string, args: readonly string[]): Promise<boolean> {
    const child = startChild(path, args);
    state.child = child;
    const cancel = after(seconds * 1000, () => child.stop());
    const code = await child.ended;
    cancel();
    state.child = undefined;
    return code === 0;
  }
}

/** What was added last is what is being tried. */
function describe(settings: readonly string[]): string {
  if (settings.length === 0) return "without further settings";
  return `with ${settings.length} settings, the last one ${settings.at(-1)}`;
}
