import { quote } from "../../errors.ts";
import { PLUGINS, pluginVersion } from "./containerdPlugins.ts";
import type { Registration } from "./setup.ts";
import { at, isSame, readToml, type Table, tableAt } from "./toml.ts";

/** What the engine's dump after a change has wrong; `before` is its dump before the change. */
export function findWrong(
  after: string,
  { name, path, isDefault }: Registration,
  before: string | undefined,
): string | undefined {
  const read = (dump: string) => readToml(dump, "containerd config dump");
  const criOf = (source: Table) => tableAt(source, "plugins", PLUGINS[pluginVersion(source, 2)], "containerd");
  const cri = criOf(read(after));
  if (at(cri, "runtimes", name, "options", "BinaryName") !== path) return `no runtime ${quote(name)} with ${path}`;
  if (isDefault && cri["default_runtime_name"] !== name) return `${String(cri["default_runtime_name"])} as the default`;
  if (before === undefined) return undefined;
  return isSame(withoutOurs(read(before), name), withoutOurs(read(after), name))
    ? undefined
    : "other settings changed as well";
}

function withoutOurs(source: Table, name: string): Table {
  const plugin = PLUGINS[pluginVersion(source, 2)];
  const cri = tableAt(source, "plugins", plugin, "containerd");
  const { [name]: _ours, ...runtimes } = tableAt(cri, "runtimes");
  const { default_runtime_name: _default, ...rest } = cri;
  const plugins = tableAt(source, "plugins");
  const { imports: _imports, ...top } = source;
  return {
    ...top,
    plugins: { ...plugins, [plugin]: { ...tableAt(plugins, plugin), containerd: { ...rest, runtimes } } },
  };
}
