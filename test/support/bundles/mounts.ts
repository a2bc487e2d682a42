import type { Mount, Spec } from "../../../src/oci/spec.ts";

/** A spec with nothing but mounts. */
export function specWith(mounts: readonly Mount[] = [], more: Partial<Spec> = {}): Spec {
  return { ociVersion: "1.0.2", root: { path: "rootfs" }, mounts, ...more };
}

/** `SOURCE -> DESTINATION TYPE,OPTIONS`, one line for each mount. */
export function formatMounts({ mounts = [] }: Spec): readonly string[] {
  return mounts.map(
    ({ source, destination, type, options = [] }) => `${source} -> ${destination} ${[type, ...options].join(" ")}`,
  );
}
