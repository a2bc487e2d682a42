import { installCommand } from "../distribution.ts";
import { type Area, ok, warning } from "../finding.ts";
import type { Host } from "../host.ts";

const LIBRARIES = ["/usr/lib", "/lib"].flatMap((directory) =>
  ["x86_64-linux-gnu", "aarch64-linux-gnu", ""].map((triplet) => `${directory}/${triplet}/libnss_systemd.so.2`),
);
LIBRARIES.push("/usr/lib64/libnss_systemd.so.2");

export const names: Area<Host> = {
  name: "names of users",
  *probe(host) {
    const asks = /^passwd:.*\bsystemd\b/m.test(host.read("/etc/nsswitch.conf") ?? "");
    const hasLibrary = LIBRARIES.some((path) => host.status(path) !== undefined);
    if (asks && hasLibrary) yield ok("ps and ls show the names of dynamic users (nss-systemd)");
    else if (asks) {
      yield warning(
        "/etc/nsswitch.conf asks nss-systemd, which is not installed: dynamic users are numbers",
        installCommand("libnss-systemd", host),
      );
    } else {
      yield warning(
        "ps and ls show dynamic users as numbers: nss-systemd is not asked",
        hasLibrary
          ? "add systemd to the lines passwd: and group: of /etc/nsswitch.conf"
          : installCommand("libnss-systemd", host),
      );
    }
  },
};
