import { resolve } from "node:path";
import type { Given } from "../../console/options.ts";
import type { Setting } from "../../settings/setting.ts";
import { shortcutNamed } from "./options.ts";

/** The setting of an option that is short for `-p`; none for other options, and for a variable that is not set. */
export function settingsOfShortcut({ name, value }: Given): readonly Setting[] {
  const directive = shortcutNamed(name)?.sets;
  const text = directive && (READERS[directive] ?? String)(value);
  return text === undefined ? [] : [{ name: directive!, value: text, place: `--${name}`, lenient: false }];
}

/** From the text of an option to the value of the directive. */
const READERS: Readonly<Record<string, (text: string) => string | undefined>> = {
  Environment: readVariable,
  WorkingDirectory: (text) => (text === "~" ? text : escapeSpecifiers(resolve(text))),
  Slice: (text) => (text.endsWith(".slice") ? text : `${text}.slice`),
  BindPaths: readBind,
  BindReadOnlyPaths: readBind,
  TemporaryFileSystem: (text) => text.split(":").map(quoteWord).join(":"),
};

/** `NAME` alone takes the caller's value, as of systemd-run(1). */
function readVariable(text: string): string | undefined {
  if (text.includes("=")) return quoteWord(text);
  const value = process.env[text];
  return value === undefined ? undefined : quoteWord(`${text}=${value}`);
}

function readBind(text: string): string {
  const [source = "", ...rest] = text.split(":");
  return [source.startsWith("-") ? source : resolve(source), ...rest].map(quoteWord).join(":");
}

/** One word for a directive that takes several; see "Quoting" of systemd.syntax(7). */
function quoteWord(text: string): string {
  if (/^[\w./@+=,-]+$/.test(text)) return text;
  const escaped = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return `"${escapeSpecifiers(escaped)}"`;
}

function escapeSpecifiers(text: string): string {
  return text.replaceAll("%", "%%");
}
