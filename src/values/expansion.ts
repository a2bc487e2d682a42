import { isVariableName, type Variables } from "./environment.ts";
import { splitWords } from "./words.ts";

/**
 * Expands variables in arguments as systemd does before it starts a command (src/basic/env-util.c, replace_env_argv): an
 * argument `$NAME` becomes the words of the value, `${NAME}` anywhere becomes the value, `$$` a dollar sign. Unset
 * variables are empty.
 */
export function expandArguments(argv: readonly string[], variables: Variables): readonly string[] {
  return argv.flatMap((argument) =>
    /^\$(?![{$])/.test(argument) ? expandWords(argument.slice(1), variables) : [expandInside(argument, variables)],
  );
}

/** A lone `$` and invalid names are removed. */
function expandWords(name: string, variables: Variables): readonly string[] {
  return splitWords(lookUp(name, variables), { unquote: true, relaxed: true });
}

function expandInside(argument: string, variables: Variables): string {
  return argument.replace(/\$\$|\$\{([^}:]*)\}/g, (match, name?: string) =>
    name === undefined ? match.slice(1) : lookUp(name, variables),
  );
}

function lookUp(name: string, variables: Variables): string {
  return isVariableName(name) && Object.hasOwn(variables, name) ? variables[name]! : "";
}
