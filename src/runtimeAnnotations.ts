import { quote, UserErrors } from "./errors.ts";

/**
 * Annotations by which crun and runc do something else than the config says: another seccomp filter, another handler
 * than a process, files that root writes, properties of the unit, groups that stay (crun(1), runc's docs/systemd.md,
 * CVE-2024-3154).
 */
const CONTROLLING = /^(?:run\.oci\.|io\.crun\.|org\.systemd\.property\.|org\.criu\.|module\.wasm\.|krun\.)/;

/** Those that engines write themselves, or that only name, order or tighten something. */
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
 * Refuses annotations that could undo what is set here, as whoever wrote the others wrote them too. They are refused and
 * not dropped: somebody relies on what they do.
 * @param allowed those that the administrator lets pass
 * @throws UserErrors naming each
 */
export function refuseRuntimeControl(
  annotations: Readonly<Record<string, string>>,
  allowed: readonly string[],
  engine: string,
): void {
  const refused = Object.keys(annotations).filter(
    (key) => CONTROLLING.test(key) && !HARMLESS.has(key) && !allowed.includes(key),
  );
  if (refused.length === 0) return;
  throw new UserErrors(
    refused.map(
      (key) =>
        `cannot take annotation ${quote(key)}: it tells the low-level runtime to do otherwise than dynuser sets, expected it to be left out or listed (engines.${engine}.runtimeAnnotations in /etc/dynuser/config.yaml)`,
    ),
  );
}
