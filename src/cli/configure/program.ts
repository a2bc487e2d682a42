import { statusOf } from "../../sys/files/status.ts";
import { readProgram } from "../../sys/process/process.ts";

const PLACES = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
const ENVIRONMENT = { PATH: PLACES.join(":") };

/** The absolute path of a program; undefined where it is not installed. */
export function findProgram(name: string): string | undefined {
  return PLACES.map((place) => `${place}/${name}`).find((path) => statusOf(path)?.isFile());
}

/** The output of a program; undefined where it is not installed or fails. */
export function dumpOf(name: string, args: readonly string[]): string | undefined {
  const path = findProgram(name);
  if (path === undefined) return undefined;
  const { code, output } = readProgram(path, args, ENVIRONMENT);
  return code === 0 ? output : undefined;
}

/** From the output of `--version`; undefined where the program is not installed. */
export function majorVersionOf(name: string): number | undefined {
  const [, major] = /\bv?(\d+)\.\d+/.exec(dumpOf(name, ["--version"]) ?? "") ?? [];
  return major === undefined ? undefined : Number(major);
}
