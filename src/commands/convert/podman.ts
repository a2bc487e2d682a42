import type { Bind, Carried } from "./carry.ts";

/** Where the package puts the runtimes. */
export const RUNTIME = "/usr/libexec/dynuser/crun";

/** A command line for a POSIX shell, one option on each line. */
export function formatPodman(carried: Carried, image: string): string {
  const options = [["--name", carried.name], ["--runtime", RUNTIME], ...podmanOptions(carried)];
  const lines = ["podman run", ...options.map((words) => words.map(quoteForShell).join(" "))];
  return `${[...lines, [image, ...carried.argv].map(quoteForShell).join(" ")].join(" \\\n  ")}\n`;
}

/** All but name and runtime, each with its argument. */
function podmanOptions(carried: Carried): readonly (readonly string[])[] {
  const { network, restart, stopSignal, stopSeconds, runSeconds, binds, annotations } = carried;
  return [
    ["--network", network],
    ...(restart === "no" ? [] : [["--restart", restart]]),
    ...(stopSignal === undefined ? [] : [["--stop-signal", String(stopSignal)]]),
    ...(stopSeconds === undefined ? [] : [["--stop-timeout", String(stopSeconds)]]),
    ...(runSeconds === undefined ? [] : [["--timeout", String(runSeconds)]]),
    ...binds.map((bind) => ["--volume", volumeOf(bind)]),
    ...[...annotations].map(([name, value]) => ["--annotation", annotationOf(name, value)]),
  ];
}

/** podman takes the words of this option for records of comma-separated values (RFC 4180). */
export function annotationOf(name: string, value: string): string {
  const field = `dynuser/${name}=${value}`;
  return /[",\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

export function volumeOf({ source, path, readOnly, recursive }: Bind): string {
  return `${source}:${path}:${[readOnly ? "ro" : "rw", recursive ? "rbind" : "bind"].join(",")}`;
}

function quoteForShell(word: string): string {
  return /^[A-Za-z0-9_./:=@%,+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
