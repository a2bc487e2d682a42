import { GENERATED_COMMENT } from "./setup.ts";

/*
 * Changes of a containerd configuration as text, so that the administrator's comments, order and blanks stay. All of them can
 * be reverted without the earlier file.
 */

const BEGIN = `# ${GENERATED_COMMENT}: begin`;
const END = `# ${GENERATED_COMMENT}: end`;

export function appendBlock(text: string, block: string): string {
  const separated = text.endsWith("\n\n") || text === "" ? text : `${text.replace(/\n?$/, "\n")}\n`;
  return `${separated}${BEGIN}\n${block.trimEnd()}\n${END}\n`;
}

export function withoutBlock(text: string): string {
  return text.replace(new RegExp(`\\n?${BEGIN}\\n[\\s\\S]*?${END}\\n`), "");
}

/** The tables of the block; empty without one. */
export function blockIn(text: string): string {
  return new RegExp(`${BEGIN}\\n([\\s\\S]*?)${END}\\n`).exec(text)?.[1] ?? "";
}

/** The default that dynuser has set. */
export function defaultIn(text: string): string | undefined {
  return new RegExp(`^[ \\t]*default_runtime_name = "([^"]*)" # ${GENERATED_COMMENT}$`, "m").exec(text)?.[1];
}

const KEY = /^([ \t]*)default_runtime_name[ \t]*=.*$/;

/** Sets the default in the existing table, or in a new one. */
export function changeDefault(text: string, plugin: string, name: string): string {
  const lines = text.split("\n");
  const header = lines.findIndex((line) => isHeaderOf(line, plugin));
  const setting = `default_runtime_name = ${JSON.stringify(name)} # ${GENERATED_COMMENT}`;
  if (header < 0) return appendTable(text, plugin, setting);
  const next = lines.findIndex((line, index) => index > header && /^\s*\[/.test(line));
  const end = next < 0 ? lines.length : next;
  const key = lines.findIndex((line, index) => index > header && index < end && KEY.test(line));
  if (key < 0) lines.splice(header + 1, 0, setting);
  else lines.splice(key, 1, `# ${GENERATED_COMMENT}: was ${lines[key]}`, `${KEY.exec(lines[key]!)![1]}${setting}`);
  return lines.join("\n");
}

export function restoreDefault(text: string): string {
  const was = new RegExp(
    `^# ${GENERATED_COMMENT}: was (.*)\\n.*default_runtime_name = .* # ${GENERATED_COMMENT}\\n`,
    "m",
  );
  const table = new RegExp(
    `\\n?# ${GENERATED_COMMENT}\\n\\[.*\\]\\ndefault_runtime_name = .* # ${GENERATED_COMMENT}\\n`,
    "m",
  );
  const added = new RegExp(`^[ \\t]*default_runtime_name = .* # ${GENERATED_COMMENT}\\n`, "m");
  return text.replace(was, "$1\n").replace(table, "").replace(added, "");
}

function appendTable(text: string, plugin: string, setting: string): string {
  return `${text.replace(/\n?$/, "\n")}\n# ${GENERATED_COMMENT}\n[plugins.${JSON.stringify(plugin)}.containerd]\n${setting}\n`;
}

function isHeaderOf(line: string, plugin: string): boolean {
  const plain = line.replace(/#.*$/, "").replace(/\s/g, "").replaceAll("'", '"');
  return plain === `[plugins."${plugin}".containerd]`;
}
