import { dirname } from "node:path";
import { listDirectory, tryReadText } from "../../sys/files.ts";

/** Containers whose shim calls this program or one beside it, by the options that it keeps in the bundle. */
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
