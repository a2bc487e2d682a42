import { after, type Child, startChild } from "../../../sys/process/child.ts";
import { printError } from "../../../sys/process/output.ts";

export interface TrialCall {
  /** The constant arguments of `dynuser run`. */
  readonly before: readonly string[];
  readonly command: readonly string[];
  /** A shell command, run outside of the sandbox. */
  readonly check: string | undefined;
  /** The maximum time of one run. */
  readonly seconds: number;
}

/** Runs of one command with varying settings, one at a time. */
export interface Trials {
  readonly count: number;
  /** Whether the command passes; undefined after `stop`. */
  run(settings: readonly string[]): Promise<boolean | undefined>;
  /** Ends the current run and prevents further ones. */
  stop(): void;
}

/** This program, also when an upgrade has replaced its file. */
const PROGRAM = "/proc/self/exe";

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
      const isBase = settings.length === 0;
      const passes = (await succeeds(PROGRAM, argumentsFor(settings), isBase)) && (await isChecked());
      if (state.isStopped) return undefined;
      printError(`run ${state.count} ${passes ? "passes" : "fails "} ${formatSettings(settings)}`);
      return passes;
    },
    stop: () => {
      state.isStopped = true;
      state.child?.stop();
    },
  };

  function argumentsFor(settings: readonly string[]): readonly string[] {
    return ["run", ...before, "-p", "Restart=no", ...settings.flatMap((setting) => ["-p", setting]), "--", ...command];
  }

  async function isChecked(): Promise<boolean> {
    return check === undefined || (!state.isStopped && (await succeeds("/bin/sh", ["-c", check])));
  }

  /** A run that takes too long has failed; errors of the first one are the command's and are printed. */
  async function succeeds(path: string, args: readonly string[], showsErrors = false): Promise<boolean> {
    const child = startChild(path, args, showsErrors ? "inherit" : "ignore");
    state.child = child;
    const cancel = after(seconds * 1000, () => child.stop());
    const code = await child.ended;
    cancel();
    state.child = undefined;
    return code === 0;
  }
}

/** The settings that were added last are on trial. */
function formatSettings(settings: readonly string[]): string {
  if (settings.length === 0) return "with the given settings alone";
  return `with ${settings.length} settings, the last one ${settings.at(-1)}`;
}
