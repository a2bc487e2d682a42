import { type Area, ok, warning } from "../finding.ts";
import type { Host } from "../host.ts";

const FILES = "/sys/fs/selinux";
const MODULE = "dynuser";

/** Booleans that decide about execmem, of refpolicy and of Fedora, and the value with which all domains have it. */
const SWITCHES = [
  { name: "allow_execmem", open: "1" },
  { name: "deny_execmem", open: "0" },
] as const;

export const selinux: Area<Host> = {
  name: "SELinux",
  *probe(host) {
    const enforcing = host.read(`${FILES}/enforce`)?.trim();
    if (enforcing === undefined) return;
    const mode = enforcing === "1" ? "enforcing" : "permissive";
    const isOpen = SWITCHES.some(({ name, open }) => host.read(`${FILES}/booleans/${name}`)?.startsWith(open));
    if (isOpen || hasModule(host)) yield ok(`${mode}, and dynuser may make memory executable (execmem)`);
    else {
      yield warning(
        `${mode}, and the policy may keep dynuser from making memory executable (execmem), without which it cannot start`,
        `semodule -i /usr/share/dynuser/selinux/${MODULE}.cil`,
      );
    }
  },
};

/** Only root can list modules. */
function hasModule(host: Host): boolean {
  return (host.ask("/usr/sbin/semodule", "-l") ?? "").split("\n").some((line) => line.split(/\s/)[0] === MODULE);
}
