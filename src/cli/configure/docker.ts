import { UserError } from "../../errors.ts";
import { parseJson } from "../../oci/json.ts";
import { listDirectory, tryReadText } from "../../sys/files/files.ts";
import { copyOf } from "./apply.ts";
import { dumpOf, majorVersionOf } from "./program.ts";
import { type Configured, problemWhen, type Registration, type Setup } from "./setup.ts";
import { at, isSame, isTable, type Table, tableAt } from "./toml.ts";

/** Docker has one file and no drop-ins; JSON has no comments to preserve. */
export const docker: Setup = {
  defaultPath: "/etc/docker/daemon.json",
  restart: "systemctl reload docker",
  runtimes: ["runc", "crun"],
  register: (configured, { name, path, isDefault }) =>
    rewrite(configured, (settings) => ({
      ...settings,
      runtimes: { ...tableAt(settings, "runtimes"), [name]: { path } },
      ...(isDefault && { "default-runtime": name }),
    })),
  unregister: (configured, name) => rewrite(configured, (settings) => without(settings, name, configured)),
  dump: () => undefined,
  majorVersion: () => majorVersionOf("dockerd"),
  check: (file, { name, path }) => {
    const settings = readSettings(tryReadText(file), file);
    if (at(settings, "runtimes", name, "path") !== path) return problemWhen(`no runtime ${name} with ${path}`);
    // dockerd validates files since version 23
    if ((majorVersionOf("dockerd") ?? 0) < 23) return { kind: "unknown" };
    const answer = dumpOf("dockerd", ["--validate", "--config-file", file]);
    return problemWhen(answer === undefined ? "a file that dockerd refuses" : undefined);
  },
  users,
};

function rewrite(configured: Configured, change: (settings: Table) => Table) {
  const { path, read } = configured;
  const before = read(path);
  const settings = readSettings(before, path);
  const changed = change(settings);
  const indent = /^([ \t]+)"/m.exec(before ?? "")?.[1] ?? "  ";
  // Restores the copy, blanks included, if nothing else has changed since.
  const copy = read(copyOf(path));
  if (copy !== undefined && before !== undefined && isSame(readSettings(copy, path), changed) && before !== copy)
    return [{ path, before, after: copy }];
  const text =
    Object.keys(changed).length === 0 && before === undefined
      ? undefined
      : `${JSON.stringify(changed, null, indent)}\n`;
  return JSON.stringify(changed) === JSON.stringify(settings) ? [] : [{ path, before, after: text }];
}

function readSettings(text: string | undefined, path: string): Table {
  if (text === undefined || text.trim() === "") return {};
  try {
    const settings = parseJson(text);
    if (isTable(settings)) return settings;
  } catch (error) {
    throw new UserError(`cannot read ${path}: found no JSON, ${(error as Error).message}`);
  }
  throw new UserError(`cannot read ${path}: expected a JSON object`);
}

/** The earlier default is in the copy that was made before the first change. */
function without(settings: Table, name: string, { path, read }: Configured): Table {
  const { [name]: _ours, ...runtimes } = tableAt(settings, "runtimes");
  const earlier = readSettings(read(copyOf(path)), path)["default-runtime"];
  const current = settings["default-runtime"];
  const changed: Table = { ...settings, runtimes, "default-runtime": current === name ? earlier : current };
  const isLeft = ([key, value]: readonly [string, unknown]) =>
    value !== undefined && (key !== "runtimes" || Object.keys(runtimes).length > 0);
  return Object.fromEntries(Object.entries(changed).filter(isLeft));
}

function users({ name }: Registration, { read, path }: Configured): readonly string[] {
  const root = String(readSettings(read(path), path)["data-root"] ?? "/var/lib/docker");
  const isUser = (id: string) => {
    const text = tryReadText(`${root}/containers/${id}/hostconfig.json`) ?? "";
    return text.includes(`"Runtime":${JSON.stringify(name)}`);
  };
  return listDirectory(`${root}/containers`).filter(isUser);
}
