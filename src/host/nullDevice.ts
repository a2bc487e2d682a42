import { openTrusted, pin, setMode, setOwner, using } from "../sys/directory.ts";
import { statusOf } from "../sys/files.ts";

/**
 * Gives the host's /dev/null back to root: crun gives its standard streams to the container's user by fchown(2), in exec
 * and in user namespaces that one too, and whoever owns a device can close it to everybody else.
 */
export function reclaimNullDevice(): void {
  if ((statusOf("/dev/null")?.uid ?? 0) === 0) return;
  using(openTrusted("/dev"), (devices) =>
    using(pin(devices, "null"), (node) => {
      setOwner(node, 0, 0);
      setMode(node, 0o666);
    }),
  );
}
