import { type Directive, directive } from "../directive.ts";
import type { Access, PathEdit } from "../edit.ts";
import { type ListedPath, pathList } from "../values/path.ts";
import { takesAll } from "../values/within.ts";

/** The directives that list paths and say one thing about all of them. */
interface Family {
  readonly name: string;
  readonly alias?: string;
  readonly summary: string;
  readonly access: Access;
  readonly effect: "takes" | "gives";
}

const INHERITED =
  "a path below a read-only or noexec one stays so unless another setting lifts it, where systemd 257 forgets it";

export const ReadWritePaths = paths({
  name: "ReadWritePaths",
  alias: "ReadWriteDirectories",
  summary: "Leaves paths writable below read-only ones",
  access: "readWrite",
  effect: "gives",
});

export const ReadOnlyPaths = paths({
  name: "ReadOnlyPaths",
  alias: "ReadOnlyDirectories",
  summary: "Makes paths and everything below them read-only",
  access: "readOnly",
  effect: "takes",
});

export const InaccessiblePaths = paths({
  name: "InaccessiblePaths",
  alias: "InaccessibleDirectories",
  summary: "Hides paths and everything below them",
  access: "inaccessible",
  effect: "takes",
});

export const ExecPaths = paths({
  name: "ExecPaths",
  summary: "Leaves programs executable below noexec paths",
  access: "exec",
  effect: "gives",
  deviation: INHERITED,
});

export const NoExecPaths = paths({
  name: "NoExecPaths",
  summary: "Forbids executing programs in paths and below them",
  access: "noExec",
  effect: "takes",
  deviation: `${INHERITED}; / itself is refused in containers of an engine, as no runtime can make the root noexec: list the directories in it`,
});

function paths({ name, alias, summary, access, effect, deviation }: Family & { readonly deviation?: string }) {
  return directive<readonly ListedPath[]>({
    name,
    ...(alias !== undefined && { aliases: [alias] }),
    summary,
    value: effect === "takes" ? { ...pathList, within: takesAll } : pathList,
    effect,
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
