import { PRIVATE_KINDS } from "../../../values/directoryKinds.ts";
import { type Area, ok, warning } from "../finding.ts";
import type { Host } from "../host.ts";

/** The bases of directories that can be ID-mapped. */
const PLACES = PRIVATE_KINDS.map(({ base }) => base);

export const idMaps: Area<Host> = {
  name: "ID-mapped mounts",
  *probe(host) {
    // the area of user namespaces says what follows
    if (host.read("/proc/sys/user/max_user_namespaces")?.trim() === "0") return;
    const places = Map.groupBy(PLACES, (path) => fileSystemOf(path, host));
    for (const [fileSystem, paths] of places) {
      const where = `${paths.join(", ")} (${fileSystem.split(" ")[0]})`;
      const answer = host.canMapIds(paths[0]!);
      if (answer === true) yield ok(`files of ${where} can be shown with other owners`);
      else if (answer === false) {
        yield warning(
          `files of ${where} cannot be shown with other owners: they are chowned at a start`,
          "have it on ext4, XFS or Btrfs, or on a tmpfs with Linux 6.3",
        );
      }
    }
  },
};

/** `ext4 /var` */
function fileSystemOf(place: string, { mounts }: Host): string {
  const above = mounts.filter(({ path }) => path === "/" || `${place}/`.startsWith(`${path}/`));
  const longest = Math.max(...above.map(({ path }) => path.length));
  const mount = above.findLast(({ path }) => path.length === longest);
  return `${mount?.fileSystem ?? "unknown"} ${mount?.path ?? "/"}`;
}
