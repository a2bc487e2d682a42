import { podmanOptionsOf } from "./containerKeys.ts";
import type { Form } from "./form.ts";
import { annotationOf, quoteForShell } from "./quoting.ts";
import { secondsOf, type Translation, type Ulimit, type Volume } from "./translation.ts";

/** Where the package puts the runtimes. */
export const RUNTIME = "/usr/libexec/dynuser/crun";

/** A command line for a POSIX shell, one option on each line. */
export const podman: Form = {
  engine: "podman",
  suffix: ".sh",
  words: {
    limits: true,
    stopSignal: true,
    runTime: true,
    caller: true,
    workingDirectory: false,
    serviceSection: false,
  },
  format: (carried, image) => ({ text: formatPodman(carried, image), leftOut: [] }),
};

export function formatPodman(carried: Translation, image: string): string {
  const [program, ...args] = carried.command ?? [];
  const rest = carried.args ?? args;
  const options = [
    ["--replace", "--name", carried.name],
    ["--runtime", RUNTIME],
    ...podmanOptions(carried),
    ...(program === undefined ? [] : [["--entrypoint", program]]),
  ];
  const lines = ["podman run", ...options.map((words) => words.map(quoteForShell).join(" "))];
  return `${[...lines, [image, ...rest].map(quoteForShell).join(" ")].join(" \\\n  ")}\n`;
}

/** All but name, runtime and command, each with its argument. */
function podmanOptions(carried: Translation): readonly (readonly string[])[] {
  const { network, restart, stopSignal, runSeconds, user, workingDirectory } = carried;
  const one = (option: string, value: string | number | undefined) =>
    value === undefined ? [] : [[option, String(value)]];
  const each = (option: string, values: Iterable<string>) => [...values].map((value) => [option, value]);
  return [
    ...one("--network", network === "default" ? undefined : network),
    ...one("--user", user),
    ...each("--group-add", carried.groups),
    ...each("--cap-add", carried.capabilities),
    ...(restart === "no" ? [] : one("--restart", restart)),
    ...one("--stop-signal", stopSignal),
    ...one("--stop-timeout", secondsOf(carried.stopSeconds)),
    ...one("--timeout", runSeconds === undefined ? undefined : secondsOf(runSeconds)),
    ...one("--workdir", workingDirectory),
    ...each("--ulimit", carried.ulimits.map(ulimitOf)),
    ...each("--env-file", carried.environmentFiles),
    ...each("--env", [
      ...Object.entries(carried.environment).map(([name, value]) => `${name}=${value}`),
      ...carried.passed,
    ]),
    ...each("--volume", carried.volumes.map(volumeOf)),
    ...podmanOptionsOf(carried.keys),
    ...each(
      "--annotation",
      [...carried.annotations].map(([name, value]) => annotationOf(name, value)),
    ),
  ];
}

export function ulimitOf({ name, soft, hard }: Ulimit): string {
  return `${name}=${soft}:${hard}`;
}

export function volumeOf({ source, path, options }: Volume): string {
  return [source, path, options.join(",")].filter(Boolean).join(":");
}
