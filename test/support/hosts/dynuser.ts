import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";

/** What `npm run build` leaves; the runner says where users without root can reach it too. */
export const DIST = process.env["DYNUSER_DIST"] ?? join(import.meta.dirname, "../../../dist");

export const DYNUSER = join(DIST, "dynuser");
export const RUNTIMES = ["crun", "runc"] as const;

export interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

export interface CallOptions {
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
}

/** Runs the binary to its end; one that hangs is ended and has no code. */
export function dynuser(args: readonly string[], { input = "", ...options }: CallOptions = {}): Outcome {
  const result = spawnSync(DYNUSER, args, {
    input,
    encoding: "utf8",
    timeout: 60_000,
    killSignal: "SIGKILL",
    ...options,
  });
  return { code: result.status, output: result.stdout, errors: result.stderr };
}

export interface Started {
  readonly pid: number;
  readonly process: ChildProcess;
  /** Everything it printed up to and with `text`. */
  until(text: string): Promise<string>;
  /** Its exit code once it has ended, or the signal's name. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

export function startDynuser(args: readonly string[]): Started {
  const child = spawn(DYNUSER, args, { stdio: ["pipe", "pipe", "inherit"] });
  let output = "";
  const ended = new Promise<number | NodeJS.Signals>((resolve) =>
    child.on("exit", (code, signal) => resolve(code ?? signal!)),
  );
  const until = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => output.includes(text) && resolve(output);
      child.stdout!.on("data", look);
      child.on("close", () => reject(new Error(`ended before it printed ${text}: ${output}`)));
      look();
    });
  child.stdout!.on("data", (data) => {
    output += data;
  });
  return { pid: child.pid!, process: child, until, ended };
}
