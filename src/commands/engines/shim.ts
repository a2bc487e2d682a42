import { listDirectory, tryReadText } from "../../sys/files.ts";

/** Containers whose shim calls this program, by the options that it keeps in the bundle. */
export function usersOfShim(path: string, state: string): readonly string[] {
  const tasks = `${state}/io.containerd.runtime.v2.task`;
  const bundles = listDirectory(tasks).flatMap((namespace) =>
    listDirectory(`${tasks}/${namespace}`).map((id) => ({ id, bundle: `${tasks}/${namespace}/${id}` })),
  );
  return bundles.filter(({ bundle }) => binaryOf(bundle) === path).map(({ id }) => id);
}

function binaryOf(bundle: string): unknown {
  try {
    const options: unknown = JSON.parse(tryReadText(`${bundle}/options.json`) ?? "{}");
    return (options as { readonly binary_name?: unknown }).binary_name;
  } catch {
    return undefined;
  }
}
