import { openTrusted, pin, setMode, setOwner, using } from "../sys/files/directory.ts";
import { statusOf } from "../sys/files/status.ts";

/**
 * Restores root as the owner of the host's /dev/null: crun changes the owner of its standard streams to the container's
 * user by fchown(2), in exec and in user namespaces of /dev/null too, and the owner of a device can deny it to others.
 */
export function restoreNullDevice(): void {
  if ((statusOf("/dev/null")?.uid ?? 0) === 0) return;
  using(openTrusted("/dev"), (devices) =>
    using(pin(devices, "null"), (node) => {
      setOwner(node, 0, 0);
      setMode(node, 0o666);
    }),
  );
}
