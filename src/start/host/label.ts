import { basename, dirname } from "node:path";
import type { CredentialsAction, DirectoryAction, FileAction, NewDirectoryAction } from "../../model/action.ts";
import { openBelow, openTrusted, pin, using } from "../../sys/files/directory.ts";
import { labelTree, readLabel, setLabel } from "../../sys/files/label.ts";
import { readStatusAt } from "../../sys/files/status.ts";
import { targetName } from "./serviceDirectory.ts";

/**
 * Labels a service's directory for the container. Not one whose type is another one than that of the directory around it
 * and no container's: the host's policy has it for a program of the host. And not one without categories, which containers
 * share already.
 */
export function labelDirectory(action: DirectoryAction): void {
  const { label } = action;
  if (label === undefined) return;
  const path = targetName(action);
  using(openTrusted(action.base), (base) =>
    using(openBelow(base, path), (directory) => {
      const around = using(openBelow(base, dirname(path)), readLabel);
      if (mayLabel(readLabel(directory), around)) labelTree(directory, label);
    }),
  );
}

/** Types of files of containers, of policies in use. */
const CONTAINER_TYPES: readonly string[] = ["container_file_t", "container_ro_file_t", "svirt_sandbox_file_t"];

function mayLabel(present: string | undefined, around: string | undefined): boolean {
  if (present === undefined) return true;
  const [, , type = "", , categories] = present.split(":");
  if (CONTAINER_TYPES.includes(type)) return categories !== undefined;
  return type === around?.split(":")[2] || type === "unlabeled_t";
}

/** What was made just now. */
export function labelNew({ path, label }: FileAction | NewDirectoryAction | CredentialsAction): void {
  if (label === undefined) return;
  using(openTrusted(dirname(path)), (parent) => labelMade(parent, basename(path), label));
}

function labelMade(parent: number, name: string, label: string): void {
  using(pin(parent, name), (made) => {
    if (readStatusAt(made).isDirectory()) using(openBelow(parent, name), (directory) => labelTree(directory, label));
    else setLabel(made, label);
  });
}
