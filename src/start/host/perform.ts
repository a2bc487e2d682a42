import { basename, dirname } from "node:path";
import { problemsOf, UserErrors } from "../../errors.ts";
import type { Action, FileAction, LinkAction, NewDirectoryAction } from "../../model/action.ts";
import type { Owned } from "../../model/plan.ts";
import { Mismatch, withContext } from "../../sys/failure.ts";
import { makeDirectory, makeLink, setOwner, using, usingTrusted } from "../../sys/files/directory.ts";
import { removeFile } from "../../sys/files/files.ts";
import { removeTree } from "../../sys/files/removeTree.ts";
import { replaceFile } from "../../sys/files/write.ts";
import { makeCredentials } from "./credentials.ts";
import { labelDirectory, labelNew } from "./label.ts";
import { changeDirectoryOwner, checkDirectory, makeServiceDirectory, setDirectoryMode } from "./serviceDirectory.ts";
import { makeParents, type Undo, undoLink } from "./undo.ts";
import { takeOwnership } from "./volume.ts";

/**
 * Changes the host as planned; a later failure undoes it by `undoAll` with the result. When an action fails, those
 * before it are undone. A second time changes nothing, but for new directories, which must not be there.
 * @throws UserError that names the directive and the path
 */
export function performActions(actions: readonly Owned<Action>[]): readonly Undo[] {
  const undos: Undo[] = [];
  try {
    for (const { kind, verb, step } of STEPS) {
      for (const { owner, item } of actions) {
        if (item.kind === kind) withContext(`${verb} ${pathOf(item)} for ${owner}=`, () => step(item as never, undos));
      }
    }
  } catch (error) {
    const problems = undoAll(undos);
    throw problems.length === 0 ? error : new UserErrors([...(problemsOf(error) ?? [String(error)]), ...problems]);
  }
  return undos;
}

/** Goes back step by step, the last one first; returns what could not be undone. */
export function undoAll(undos: readonly Undo[]): readonly string[] {
  return undos.toReversed().flatMap((undo) => {
    try {
      withContext(`undo: ${undo.what}`, undo.run);
      return [];
    } catch (error) {
      return problemsOf(error) ?? [String(error)];
    }
  });
}

/** In this order, each for all actions: looking comes first, and a change of owners, which has no way back, and of labels last. */
const STEPS = [
  { kind: "directory", verb: "use", step: checkDirectory },
  { kind: "newDirectory", verb: "make", step: makeNewDirectory },
  { kind: "file", verb: "write", step: writeFile },
  { kind: "credentials", verb: "fill", step: makeCredentials },
  { kind: "directory", verb: "make", step: makeServiceDirectory },
  { kind: "link", verb: "make the link", step: makeServiceLink },
  { kind: "directory", verb: "set the mode of", step: setDirectoryMode },
  { kind: "directory", verb: "change the owner of", step: changeDirectoryOwner },
  { kind: "volume", verb: "change the owner of", step: takeOwnership },
  { kind: "newDirectory", verb: "label", step: labelNew },
  { kind: "file", verb: "label", step: labelNew },
  { kind: "credentials", verb: "label", step: labelNew },
  { kind: "directory", verb: "label", step: labelDirectory },
] as const satisfies readonly {
  readonly kind: Action["kind"];
  readonly verb: string;
  readonly step: (action: never, undos: Undo[]) => void;
}[];

function pathOf(action: Action): string {
  return "path" in action ? action.path : `${action.base}/${action.name}`;
}

function makeNewDirectory({ path, mode, owner }: NewDirectoryAction, undos: Undo[]): void {
  usingTrusted(dirname(path), (parent) => {
    const name = basename(path);
    if (!makeDirectory(parent, name, mode)) throw new Mismatch("something there", "nothing");
    undos.push({
      what: `remove ${path}`,
      run: () => usingTrusted(dirname(path), (top) => removeTree(top, name)),
    });
    setOwner(parent, owner.uid, owner.gid, name);
  });
}

function writeFile({ path, content, mode, owner }: FileAction, undos: Undo[]): void {
  using(makeParents("/", path.slice(1), undos), () => {
    replaceFile(path, content, mode, owner);
    undos.push({ what: `remove ${path}`, run: () => void removeFile(path) });
  });
}

function makeServiceLink({ base, name, target }: LinkAction, undos: Undo[]): void {
  using(makeParents(base, name, undos), (parent) => {
    if (makeLink(parent, basename(name), target)) undos.push(undoLink(base, name));
  });
}
