import { type Directive, directive } from "../model/directive.ts";
import type { Access, PathEdit } from "../model/edit.ts";
import { type ListedPath, pathList } from "../values/path.ts";
import { isSubset } from "../values/within.ts";

/** The directives that list paths and apply one access mode to all of them. */
interface Family {
  readonly name: string;
  readonly alias?: string;
  readonly summary: string;
  readonly access: Access;
  readonly effect: "restricts" | "grants";
}

const INHERITED =
  "a path below a read-only or noexec path inherits it unless another setting lifts it, where systemd 257 does not propagate it";

export const ReadWritePaths = paths({
  name: "ReadWritePaths",
  alias: "ReadWriteDirectories",
  summary: "Keeps the listed paths writable below read-only paths",
  access: "readWrite",
  effect: "grants",
});

export const ReadOnlyPaths = paths({
  name: "ReadOnlyPaths",
  alias: "ReadOnlyDirectories",
  summary: "Makes the listed paths and everything below them read-only",
  access: "readOnly",
  effect: "restricts",
});

export const InaccessiblePaths = paths({
  name: "InaccessiblePaths",
  alias: "InaccessibleDirectories",
  summary: "Makes the listed paths and everything below them inaccessible",
  access: "inaccessible",
  effect: "restricts",
});

export const ExecPaths = paths({
  name: "ExecPaths",
  summary: "Keeps the listed paths executable below noexec paths",
  access: "exec",
  effect: "grants",
  deviation: INHERITED,
});

export const NoExecPaths = paths({
  name: "NoExecPaths",
  summary: "Denies execution of files in the listed paths and below them",
  access: "noExec",
  effect: "restricts",
  deviation: `${INHERITED}; / is refused in an engine's container, as no runtime can make the root noexec: list the directories in it`,
});

function paths({ name, alias, summary, access, effect, deviation }: Family & { readonly deviation?: string }) {
  return directive<readonly ListedPath[]>({
    name,
    ...(alias !== undefined && { aliases: [alias] }),
    summary,
    value: effect === "restricts" ? { ...pathList, within: isSubset } : pathList,
    effect,
    suggest: "never",
    ...supportOf(deviation),
    plan: (listed) => listed.map((one) => edit(one, access)),
  });
}

function supportOf(deviation: string | undefined): Pick<Directive, "support" | "deviation"> {
  return deviation === undefined ? { support: "full" } : { support: "partial", deviation };
}

function edit({ path, optional }: ListedPath, access: Access): PathEdit {
  return { kind: "path", path, access, ...(optional && { optional }) };
}
