import { CAPABILITIES } from "../../../values/capabilities.ts";
import { type Area, ok, problem, warning } from "../finding.ts";
import type { Host } from "../host.ts";

/** Needed to mount, to lease a user and to change the owner of its files (capabilities(7)). */
const NEEDED = "CHOWN DAC_OVERRIDE FOWNER KILL SETGID SETPCAP SETUID SYS_ADMIN SYS_CHROOT".split(" ");

export const privileges: Area<Host> = {
  name: "privileges",
  *probe(host) {
    if (host.uid !== 0) {
      yield warning(
        `this is user ${host.uid}: probes that need root are left out`,
        "sudo dynuser doctor for the host's",
      );
      return;
    }
    const missing = NEEDED.map((name) => `CAP_${name}`).filter((name) => !boundingSet(host).has(name));
    if (missing.length === 0) yield ok("root with all the capabilities that are needed");
    else {
      yield problem(
        `root lacks ${missing.join(", ")}, as in a container without them`,
        `start that container with ${missing.map((name) => `--cap-add ${name}`).join(" ")}`,
      );
    }
  },
};

function boundingSet(host: Host): ReadonlySet<string> {
  const digits = /^CapBnd:\s*([0-9a-f]+)/m.exec(host.read("/proc/self/status") ?? "")?.[1] ?? "0";
  const bits = BigInt(`0x${digits}`);
  return new Set(CAPABILITIES.filter((_, number) => (bits >> BigInt(number)) & 1n));
}
