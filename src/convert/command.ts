import { ExecStart } from "../directives/execCommands.ts";
import { SERVICE_DIRECTORIES } from "../directives/execDirectories.ts";
import type { Service } from "../model/directive.ts";
import type { Command } from "../values/commandLine.ts";
import type { Variables } from "../values/environment.ts";
import { expandArguments } from "../values/expansion.ts";
import { quoteForShell } from "./quoting.ts";
import type { Unit } from "./translation.ts";

export interface CarriedCommand {
  readonly command?: readonly string[];
  readonly leftOut: readonly string[];
  readonly notes: readonly string[];
}

/**
 * The command of a container: variables are expanded now, since engines expand none, and several commands of a oneshot
 * service become one of a shell.
 * @param files the variables of EnvironmentFile= as they are now
 */
export function commandOf({ service }: Unit, set: Variables, files: Variables): CarriedCommand {
  const commands = service.get(ExecStart) ?? [];
  if (commands.length === 0) return { leftOut: [], notes: [] };
  const variables = { ...set, ...directoryVariables(service), ...files };
  return {
    command: joinCommands(commands.map((command) => argumentsOf(command, variables))),
    leftOut: commands.flatMap(lostPrefixes),
    notes: commands.flatMap((command) => unsetVariables(command, variables)),
  };
}

function joinCommands(lines: readonly (readonly string[])[]): readonly string[] {
  const [first = []] = lines;
  if (lines.length === 1) return first;
  return ["/bin/sh", "-c", lines.map((words) => words.map(quoteForShell).join(" ")).join(" && ")];
}

function argumentsOf({ file, argv, expand }: Command, variables: Variables): readonly string[] {
  const [, ...rest] = argv;
  return [file, ...(expand ? expandArguments(rest, variables) : rest)];
}

/** `STATE_DIRECTORY` and its siblings. */
function directoryVariables(service: Service): Variables {
  const used = SERVICE_DIRECTORIES.flatMap(({ row, kind }) => {
    const paths = (service.get(row) ?? []).map(({ source }) => `${kind.base}/${source}`);
    return paths.length === 0 ? [] : [[kind.variable, paths.join(":")] as const];
  });
  return Object.fromEntries(used);
}

function lostPrefixes({ file, argv, mayFail }: Command): readonly string[] {
  return [
    ...(argv[0] === file ? [] : [`the prefix @ of ExecStart=: a container's command is called by its path`]),
    ...(mayFail ? ["the prefix - of ExecStart=: the engine evaluates the exit status"] : []),
  ];
}

function unsetVariables({ argv, expand }: Command, known: Variables): readonly string[] {
  if (!expand) return [];
  const used = argv.flatMap((word) => [...word.matchAll(VARIABLE)].map(([, braced, plain]) => (braced ?? plain)!));
  return [...new Set(used)]
    .filter((name) => !Object.hasOwn(known, name))
    .map((name) =>
      AT_START.has(name)
        ? `ExecStart= has $${name}, which is known at the start only: it is empty here, use a shell to expand it`
        : `ExecStart= has $${name}, which the unit does not set: it is empty, as under systemd`,
    );
}

/** As systemd reads them: `${NAME}` anywhere, `$NAME` as a whole word. */
const VARIABLE = /(?<!\$)\$\{([A-Za-z_]\w*)\}|^\$([A-Za-z_]\w*)$/g;

/** What systemd sets for a service (systemd.exec(5), "Environment Variables in Spawned Processes"). */
const AT_START = new Set(["PATH", "HOME", "USER", "LOGNAME", "SHELL", "INVOCATION_ID", "CREDENTIALS_DIRECTORY"]);
