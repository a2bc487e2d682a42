import { directive } from "../model/directive.ts";
import type { PathEdit } from "../model/edit.ts";
import { type TemporaryPath, temporaryPaths } from "../values/temporaryPaths.ts";

const DEFAULTS = ["mode=0755", "size=10%", "nr_inodes=400k"];

export const TemporaryFileSystem = directive({
  name: "TemporaryFileSystem",
  summary: "Mounts an empty tmpfs at the listed paths",
  value: temporaryPaths,
  support: "partial",
  effect: "neutral",
  appliesToPrivilegedCommands: true,
  deviation: "mount options other than flags and those of tmpfs(5) are refused, and so is /",
  plan: (listed) => listed.map(edit),
});

function edit({ path, options }: TemporaryPath): PathEdit {
  const flags = new Set(options.filter((option) => !option.includes("=")));
  const sized = options.filter((option) => option.includes("="));
  return {
    kind: "path",
    path,
    access: "tmpfs",
    readOnly: flags.has("ro"),
    noDevices: !flags.has("dev"),
    noExec: flags.has("noexec"),
    noSuid: flags.has("nosuid"),
    options: [...atimeOf(flags), ...replaced(DEFAULTS, sized)],
  };
}

const ATIME = ["noatime", "relatime", "strictatime", "nodiratime"];

function atimeOf(flags: ReadonlySet<string>): readonly string[] {
  const chosen = ATIME.filter((flag) => flags.has(flag));
  return chosen.length > 0 ? chosen : ["strictatime"];
}

/** A later option replaces an earlier one of the same name. */
function replaced(earlier: readonly string[], later: readonly string[]): readonly string[] {
  const byName = new Map([...earlier, ...later].map((option) => [option.split("=", 1)[0], option]));
  return [...byName.values()];
}
