/**
 * Annotations that make crun and runc deviate from the config: another seccomp filter, another handler than a process,
 * files written by root, properties of the unit, groups that stay (crun(1), runc's docs/systemd.md, CVE-2024-3154).
 */
const CONTROLLING = /^(?:run\.oci\.|io\.crun\.|org\.systemd\.property\.|org\.criu\.|module\.wasm\.|krun\.)/;

/** Annotations that engines set themselves, or that only name, order or restrict. */
const HARMLESS: ReadonlySet<string> = new Set([
  "run.oci.mount_context_type",
  "run.oci.seccomp_fail_unknown_syscall",
  "run.oci.systemd.subgroup",
  "run.oci.timens_offset",
  "org.systemd.property.After",
  "org.systemd.property.CollectMode",
  "org.systemd.property.DefaultDependencies",
  "org.systemd.property.Description",
  "org.systemd.property.KillSignal",
  "org.systemd.property.TimeoutStopUSec",
]);

/**
 * Keys of annotations that could undo what dynuser sets.
 * @param allowed keys that the administrator lets pass
 */
export function controllingAnnotations(
  annotations: Readonly<Record<string, string>>,
  allowed: readonly string[],
): readonly string[] {
  return Object.keys(annotations).filter(
    (key) => CONTROLLING.test(key) && !HARMLESS.has(key) && !allowed.includes(key),
  );
}
