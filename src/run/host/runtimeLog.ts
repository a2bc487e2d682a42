/** One entry of a low-level runtime's `--log`. */
export interface LogEntry {
  readonly level?: string;
  readonly msg?: string;
}

/**
 * The entries of a log in JSON: values one after the other, in whatever layout (crun 1.28 spreads one over several
 * lines). Each line that is no JSON is one entry, as a runtime may be killed while it writes.
 */
export function readLogEntries(log: string): readonly LogEntry[] {
  const entries: LogEntry[] = [];
  for (let rest = log.trimStart(); rest !== ""; ) {
    const end = endOfObject(rest);
    const entry = end === undefined ? undefined : parseEntry(rest.slice(0, end));
    const length = entry === undefined ? lineLength(rest) : end!;
    entries.push(entry ?? { level: "error", msg: rest.slice(0, length).trim() });
    rest = rest.slice(length).trimStart();
  }
  return entries;
}

/** The last error of a log, on one line; undefined when there is none. */
export function lastError(log: string): string | undefined {
  return readLogEntries(log).findLast(({ level, msg }) => level === "error" && msg)?.msg;
}

function lineLength(text: string): number {
  const end = text.indexOf("\n");
  return end < 0 ? text.length : end + 1;
}

function parseEntry(text: string): LogEntry | undefined {
  try {
    return JSON.parse(text) as LogEntry;
  } catch {
    return undefined;
  }
}

/** The length of the JSON object that `text` begins with; undefined when it does not end. */
function endOfObject(text: string): number | undefined {
  if (!text.startsWith("{")) return undefined;
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/gs)) {
    depth += token === "{" ? 1 : token === "}" ? -1 : 0;
    if (depth === 0) return index + token.length;
  }
  return undefined;
}
