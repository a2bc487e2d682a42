import type { Command } from "../cli/command.ts";
import type { Option } from "../console/options.ts";

/*
 * Completion for each shell, from the table of commands. Names that a host or a version adds (directives, profiles) are
 * asked of the program when they are completed.
 */
export const COMPLETIONS = {
  "dynuser.bash": formatBash,
  _dynuser: formatZsh,
  "dynuser.fish": formatFish,
} as const satisfies Readonly<Record<string, (commands: readonly Command[]) => string>>;

/** Arguments that are paths of files or directories. */
const PATHS: ReadonlySet<string> = new Set(["FILE", "DIR", "PATH", "UNIT", "PROFILE", "SOURCE[:DEST]", "DEST"]);

/** Shell commands that print the words for an argument or an operand, one on each line. */
const WORDS: Readonly<Record<string, string>> = {
  "NAME=VALUE": "dynuser directives 2>/dev/null | sed -n 's/ .*/=/p'",
  "DIRECTIVE…": "dynuser directives 2>/dev/null | sed -n 's/ .*//p'",
  UNIT: "ls /etc/systemd/system /usr/lib/systemd/system 2>/dev/null | grep '[.]service$'",
  PROFILE: "echo ci; echo agent; ls /etc/dynuser/profiles 2>/dev/null | sed -n 's/[.]yaml$//p'",
  RUNTIME: "echo crun; echo runc",
  "NAME|PATH…": "dynuser state ls 2>/dev/null | sed -n '2,$s/ .*//p' | sort -u",
  ID: "dynuser ps 2>/dev/null | sed -n '2,$s/ .*//p'",
};

interface Path {
  /** `state clean` */
  readonly words: string;
  readonly command: Command;
}

/** Each command with the words that lead to it. */
function flatten(commands: readonly Command[], above = ""): readonly Path[] {
  return commands.flatMap((command) => {
    const words = `${above}${command.name}`;
    return [{ words, command }, ...flatten(command.commands ?? [], `${words} `)];
  });
}

function formatBash(commands: readonly Command[]): string {
  const paths = flatten(commands);
  const options = distinct(commands);
  const byValues = Map.groupBy(options.filter(takesWord), (option) => wordsForBash(option));
  const files = options.filter(({ argument }) => argument !== undefined && PATHS.has(argument) && !(argument in WORDS));
  return `# bash completion of dynuser, written by src/tools/completion.ts
_dynuser_words() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$1" -- "$word"))
}
_dynuser() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} path= options= words= files= index
  COMPREPLY=()
  # readline splits --option=value
  if [ "$word" = = ]; then word=; elif [ "$before" = = ]; then before=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    if [ "\${COMP_WORDS[index]}" = -- ]; then
      COMPREPLY=($(compgen -c -- "$word"))
      return
    fi
    case "$path\${path:+ }\${COMP_WORDS[index]}" in
    ${paths.map(({ words }) => `'${words}'`).join(" | ")}) path+=\${path:+ }\${COMP_WORDS[index]} ;;
    esac
  done
  case $before in
  ${files.flatMap(spellings).join(" | ")}) COMPREPLY=($(compgen -f -- "$word")); return ;;
${[...byValues].map(([words, group]) => `  ${group.flatMap(spellings).join(" | ")}) ${words}; return ;;`).join("\n")}
  ${options.filter(takesOther).flatMap(spellings).join(" | ")}) return ;;
  esac
  case $path in
  '') options="--help --version" words="${commands.map(({ name }) => name).join(" ")}" ;;
${paths.map(bashCase).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$options $words" -- "$word"))
  [ -n "\${COMPREPLY-}" ] || [ -z "$files" ] || COMPREPLY=($(compgen -f -- "$word"))
}
complete -F _dynuser dynuser
`;
}

function bashCase({ words, command: { options, commands = [], operands } }: Path): string {
  const names = [...options.map(({ name }) => `--${name}`), "--help"].join(" ");
  const source = WORDS[plain(operands)];
  const typed = [...commands.map(({ name }) => name), ...(source === undefined ? [] : [`$(${source})`])].join(" ");
  return `  '${words}') options="${names}" words="${typed}"${operands === "" ? "" : " files=yes"} ;;`;
}

function wordsForBash({ argument, values }: Option): string {
  const source = WORDS[argument ?? ""];
  const isPath = PATHS.has(argument ?? "");
  const words = values?.join("\\n") ?? "";
  const list = `_dynuser_words "${source === undefined ? `$(printf '${words}')` : `$(${source})`}"`;
  const start = argument === "NAME=VALUE" ? "compopt -o nospace 2>/dev/null; " : "";
  return `${start}${list}${isPath ? `; COMPREPLY+=($(compgen -f -- "$word"))` : ""}`;
}

function formatZsh(commands: readonly Command[]): string {
  return `#compdef dynuser
# zsh completion of dynuser, written by src/tools/completion.ts
${zshFunction("_dynuser", commands, [])}
_dynuser "$@"
`;
}

/** One function for each command; those with subcommands dispatch on their first operand. */
function zshFunction(name: string, commands: readonly Command[], options: readonly Option[]): string {
  const below = commands.map((command) => zshCommand(`${name}_${command.name}`, command)).join("\n");
  const list = commands.map((command) => `    '${command.name}:${quoteSingle(command.summary)}'`).join("\n");
  const cases = commands.map((command) => `    ${command.name}) ${name}_${command.name} ;;`).join("\n");
  return `${below}
${name}() {
  local curcontext=$curcontext state line
  local -A opt_args
  local -a names=(
${list}
  )
  _arguments -C ${[...options.flatMap(zshOption), "1: :->command", "*:: :->rest"].map((spec) => `'${spec}'`).join(" ")}
  case $state in
  command) _describe command names ;;
  rest)
    case $line[1] in
${cases}
    esac ;;
  esac
}`;
}

function zshCommand(name: string, { options, operands, takesCommand, commands }: Command): string {
  if (commands !== undefined) return zshFunction(name, commands, options);
  const specs = [...options.flatMap(zshOption), ...zshOperands(operands, takesCommand)];
  const call = `_arguments -S -s ${specs.map((spec) => `'${spec}'`).join(" ")}`;
  return `${name}() {\n${takesCommand ? ZSH_COMMAND : ""}  ${call}\n}`;
}

/** _arguments counts `--` as a word of the command, so that _normal fails. */
const ZSH_COMMAND = `  local -i end=\${words[(i)--]}
  if (( end < CURRENT )); then
    words=("\${(@)words[end+1,-1]}")
    (( CURRENT -= end ))
    _normal
    return
  fi
`;

function zshOption({ name, short, argument, summary, values }: Option): readonly string[] {
  const text = quoteSingle(summary).replaceAll(/[[\]:]/g, "");
  const label = argument?.replaceAll(/[[\]:]/g, "");
  const value = argument === undefined ? "" : `:${label}:${zshAction(argument, values)}`;
  return [
    `*--${name}${argument === undefined ? "" : "="}[${text}]${value}`,
    ...(short === undefined ? [] : [`*-${short}[${text}]${value}`]),
  ];
}

function zshAction(argument: string, values: readonly string[] | undefined): string {
  if (values !== undefined) return `(${values.join(" ")})`;
  const source = WORDS[argument];
  if (source !== undefined)
    return `{compadd${argument === "NAME=VALUE" ? ' -S ""' : ""} -- \${(f)"$(${quoteSingle(source)})"}${PATHS.has(argument) ? "; _files" : ""}}`;
  return PATHS.has(argument) ? "_files" : " ";
}

/** The words of a command are completed as on a line of their own. */
function zshOperands(operands: string, takesCommand: true | undefined): readonly string[] {
  if (takesCommand) return ["*::command:_normal"];
  return operands === "" ? [] : [`*:operand:${zshAction(plain(operands), undefined).replace(/^ $/, "_files")}`];
}

function formatFish(commands: readonly Command[]): string {
  return [
    "# fish completion of dynuser, written by src/tools/completion.ts",
    ...commands.map(
      ({ name, summary }) => `complete -c dynuser -n __fish_use_subcommand -f -a ${name} -d '${quoteFish(summary)}'`,
    ),
    ...commands.flatMap((command) => fishCommand(command, `__fish_seen_subcommand_from ${command.name}`)),
    "",
  ].join("\n");
}

function fishCommand({ options, commands = [], operands }: Command, condition: string): readonly string[] {
  const names = commands.map(({ name }) => name).join(" ");
  const when = commands.length > 0 ? `${condition}; and not __fish_seen_subcommand_from ${names}` : condition;
  const start = `complete -c dynuser -n '${when}'`;
  const source = WORDS[plain(operands)];
  return [
    ...options.map((option) => `${start} ${fishOption(option)}`),
    ...(source === undefined ? [] : [`${start} -a '(${quoteFish(source)})'`]),
    ...commands.map(({ name, summary }) => `${start} -f -a ${name} -d '${quoteFish(summary)}'`),
    ...commands.flatMap((below) => fishCommand(below, `${condition}; and __fish_seen_subcommand_from ${below.name}`)),
  ];
}

function fishOption({ name, short, argument, summary, values }: Option): string {
  const source = values?.join(" ") ?? (argument && WORDS[argument] && `(${WORDS[argument]})`);
  const words = source ? ` -a '${quoteFish(source)}'` : "";
  const kind = argument === undefined ? "" : PATHS.has(argument) ? " -r -F" : " -x";
  return `-l ${name}${short === undefined ? "" : ` -s ${short}`}${kind}${words} -d '${quoteFish(summary)}'`;
}

/** Options of all commands, one for each name. */
function distinct(commands: readonly Command[]): readonly Option[] {
  const all = flatten(commands).flatMap(({ command }) => command.options);
  return [...new Map(all.map((option) => [option.name, option])).values()];
}

function takesWord({ argument, values }: Option): boolean {
  return values !== undefined || (argument !== undefined && argument in WORDS);
}

function takesOther(option: Option): boolean {
  return option.argument !== undefined && !PATHS.has(option.argument) && !takesWord(option);
}

function spellings({ name, short }: Option): readonly string[] {
  return [`--${name}`, ...(short === undefined ? [] : [`-${short}`])];
}

/** `[DIRECTIVE…]` → `DIRECTIVE…` */
function plain(operands: string): string {
  return operands.replaceAll(/[[\]]/g, "");
}

function quoteSingle(text: string): string {
  return text.replaceAll("'", `'\\''`);
}

function quoteFish(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
}
