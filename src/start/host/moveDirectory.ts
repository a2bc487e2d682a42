import { join } from "node:path";
import { Mismatch, withContext } from "../../sys/failure.ts";
import { closeFile } from "../../sys/files/files.ts";
import { findBelow, findLink, move } from "./pathsBelow.ts";
import { makeBoundary } from "./serviceDirectory.ts";
import { makeParents, type Undo, undoLink } from "./undo.ts";

/**
 * Moves a service's directory to another name below `BASE/private`, and removes the link that leads to it.
 * @param from `web` or `private/web`
 * @param to below `private`; must not exist
 * @throws UserError with both paths
 */
export function moveDirectory(base: string, from: string, to: string): void {
  const undos: Undo[] = [];
  withContext(`move ${base}/${from} to ${base}/private/${to}`, () => {
    if (findBelow(base, `private/${to}`) !== undefined) throw new Mismatch("something there", "nothing");
    makeBoundary(base, undos);
    closeFile(makeParents(base, `private/${to}`, undos));
    move(base, from, `private/${to}`, undos);
    const plain = from.replace(/^private\//, "");
    const target = findLink(base, plain);
    if (target !== undefined && join(`${base}/${plain}`, "..", target) === `${base}/${from}`)
      undoLink(base, plain).run();
  });
}
