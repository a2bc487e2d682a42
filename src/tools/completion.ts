import type { Option } from "../commands/options.ts";
import type { Command } from "../commands/table.ts";

/** Completion of words on the command line, for each shell, from the table of commands. */
export const COMPLETIONS = {
  "dynuser.bash": formatBash,
  _dynuser: formatZsh,
  "dynuser.fish": formatFish,
} as const satisfies Readonly<Record<string, (commands: readonly Command[]) => string>>;

/** Arguments that are paths of files or directories. */
const PATHS: ReadonlySet<string> = new Set(["FILE", "DIR", "PATH", "UNIT"]);

function formatBash(commands: readonly Command[]): string {
  const cases = commands.map(
    ({ name, options, operands }) =>
      `    ${name}) options="${options.map(({ name: option }) => `--${option}`).join(" ")} --help" words="${verbsOf(operands).join(" ")}" ;;`,
  );
  const paths = new Set(commands.flatMap(({ options }) => options.filter(takesPath).flatMap(spellings)));
  const values = new Set(
    commands.flatMap(({ options }) => options.filter((one) => one.argument && !takesPath(one)).flatMap(spellings)),
  );
  return `# bash completion of dynuser, written by src/tools/completion.ts
_dynuser() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} options= words= index
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")} --help --version" -- "$word"))
    return
  fi
  for ((index = 2; index < COMP_CWORD; index++)); do
    if [ "\${COMP_WORDS[index]}" = -- ]; then
      COMPREPLY=($(compgen -c -- "$word"))
      return
    fi
  done
  case $before in
    ${[...paths].join(" | ")}) COMPREPLY=($(compgen -f -- "$word")); return ;;
    ${[...values].join(" | ")}) return ;;
  esac
  case \${COMP_WORDS[1]} in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$options $words" -- "$word"))
  [ -n "\${COMPREPLY-}" ] || COMPREPLY=($(compgen -f -- "$word"))
}
complete -F _dynuser dynuser
`;
}

function formatZsh(commands: readonly Command[]): string {
  const names = commands.map(({ name, summary }) => `    '${name}:${quoteSingle(summary)}'`);
  const cases = commands.map(({ name, options, operands, takesCommand }) => {
    const specs = [...options.flatMap(zshOption), ...zshOperands(operands, takesCommand)];
    return `    ${name})\n      _arguments ${specs.map((spec) => `'${spec}'`).join(" ")} ;;`;
  });
  return `#compdef dynuser
# zsh completion of dynuser, written by src/tools/completion.ts
local -a commands
if (( CURRENT == 2 )); then
  commands=(
${names.join("\n")}
  )
  _describe command commands
else
  shift words
  (( CURRENT-- ))
  case $words[1] in
${cases.join("\n")}
  esac
fi
`;
}

function zshOption({ name, short, argument, summary }: Option): readonly string[] {
  const text = quoteSingle(summary).replaceAll(/[[\]:]/g, "");
  const value = argument === undefined ? "" : `:${argument}:${PATHS.has(argument) ? "_files" : " "}`;
  return [`*--${name}[${text}]${value}`, ...(short === undefined ? [] : [`*-${short}[${text}]${value}`])];
}

function zshOperands(operands: string, takesCommand: true | undefined): readonly string[] {
  if (takesCommand) return ["*::command:_normal"];
  const verbs = verbsOf(operands);
  return [...(verbs.length > 0 ? [`1:what:(${verbs.join(" ")})`] : []), "*:file:_files"];
}

function formatFish(commands: readonly Command[]): string {
  const start = "complete -c dynuser -n __fish_use_subcommand -f";
  return [
    "# fish completion of dynuser, written by src/tools/completion.ts",
    ...commands.map(({ name, summary }) => `${start} -a ${name} -d '${quoteFish(summary)}'`),
    ...commands.flatMap(({ name, options, operands }) => {
      const when = `complete -c dynuser -n '__fish_seen_subcommand_from ${name}'`;
      const verbs = verbsOf(operands);
      return [
        ...options.map((option) => `${when} ${fishOption(option)}`),
        ...(verbs.length > 0 ? [`${when} -f -a '${verbs.join(" ")}'`] : []),
      ];
    }),
    "",
  ].join("\n");
}

function fishOption({ name, short, argument, summary }: Option): string {
  const value = argument === undefined ? "" : PATHS.has(argument) ? " -r -F" : " -x";
  return `-l ${name}${short === undefined ? "" : ` -s ${short}`}${value} -d '${quoteFish(summary)}'`;
}

/** `ls | show | path [NAME]` → the words that are to be typed as they are. */
function verbsOf(operands: string): readonly string[] {
  const words = operands.split(/[\s|[\]…]+/).filter((word) => /^[a-z]+$/.test(word));
  return [...new Set(words)];
}

function takesPath({ argument }: Option): boolean {
  return argument !== undefined && PATHS.has(argument);
}

function spellings({ name, short }: Option): readonly string[] {
  return [`--${name}`, ...(short === undefined ? [] : [`-${short}`])];
}

function quoteSingle(text: string): string {
  return text.replaceAll("'", `'\\''`);
}

function quoteFish(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
}
