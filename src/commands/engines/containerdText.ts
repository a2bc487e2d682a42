import { MARK } from "./setup.ts";

/*
 * Changes of a containerd configuration as text, so that comments, order and blanks of the administrator's stay. All of
 * them can be taken back without knowing how the file was before.
 */

const BEGIN = `# ${MARK}: begin`;
const END = `# ${MARK}: end`;

export function appendBlock(text: string, block: string): string {
  const separated = text.endsWith("\n\n") || text === "" ? text : `${text.replace(/\n?$/, "\n")}\n`;
  return `${separated}${BEGIN}\n${block.trimEnd()}\n${END}\n`;
}

export function withoutBlock(text: string): string {
  return text.replace(new RegExp(`\\n?${BEGIN}\\n[\\s\\S]*?${END}\\n`), "");
}

const KEY = /^([ \t]*)default_runtime_name[ \t]*=.*$/;

/** Sets the default in the table that is there, or in one that is added. */
export function changeDefault(text: string, plugin: string, name: string): string {
  const lines = text.split("\n");
  const header = lines.findIndex((line) => isHeaderOf(line, plugin));
  const setting = `default_runtime_name = ${JSON.stringify(name)} # ${MARK}`;
  if (header < 0) return appendTable(text, plugin, setting);
  const next = lines.findIndex((line, index) => index > header && /^\s*\[/.test(line));
  const end = next < 0 ? lines.length : next;
  const key = lines.findIndex((line, index) => index > header && index < end && KEY.test(line));
  if (key < 0) lines.splice(header + 1, 0, setting);
  else lines.splice(key, 1, `# ${MARK}: was ${lines[key]}`, `${KEY.exec(lines[key]!)![1]}${setting}`);
  return lines.join("\n");
}

export function restoreDefault(text: string): string {
  const was = new RegExp(`^# ${MARK}: was (.*)\\n.*default_runtime_name = .* # ${MARK}\\n`, "m");
  const table = new RegExp(`\\n?# ${MARK}\\n\\[.*\\]\\ndefault_runtime_name = .* # ${MARK}\\n`, "m");
  const added = new RegExp(`^[ \\t]*default_runtime_name = .* # ${MARK}\\n`, "m");
  return text.replace(was, "$1\n").replace(table, "").replace(added, "");
}

function appendTable(text: string, plugin: string, setting: string): string {
  return `${text.replace(/\n?$/, "\n")}\n# ${MARK}\n[plugins.${JSON.stringify(plugin)}.containerd]\n${setting}\n`;
}

function isHeaderOf(line: string, plugin: string): boolean {
  const plain = line.replace(/#.*$/, "").replace(/\s/g, "").replaceAll("'", '"');
  return plain === `[plugins."${plugin}".containerd]`;
}
