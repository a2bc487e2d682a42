import { dirname } from "node:path";
import { listDirectory, tryReadText } from "../../sys/files/files.ts";

/** Containers whose shim calls a program of this directory, from the options in their bundles. */
export function usersOfShim(path: string, state: string): readonly string[] {
  const tasks = `${state}/io.containerd.runtime.v2.task`;
  const bundles = listDirectory(tasks).flatMap((namespace) =>
    listDirectory(`${tasks}/${namespace}`).map((id) => ({ id, bundle: `${tasks}/${namespace}/${id}` })),
  );
  return bundles.filter(({ bundle }) => dirname(binaryOf(bundle)) === dirname(path)).map(({ id }) => id);
}

function binaryOf(bundle: string): string {
  try {
    const options: unknown = JSON.parse(tryReadText(`${bundle}/options.json`) ?? "{}");
    return String((options as { readonly binary_name?: unknown }).binary_name);
  } catch {
    return "";
  }
}
