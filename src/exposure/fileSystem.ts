import { isBind } from "../oci/mountOptions.ts";
import type { Mount } from "../oci/spec.ts";
import { hostPathOf, type MountAccess } from "./access.ts";
import type { Assess } from "./assessor.ts";
import type { Evidence } from "./evidence.ts";

const HOMES = ["/home", "/root", "/run/user"];

/** Assessors of access to the host's files. */
export const FILE_SYSTEM = {
  PrivateTmp: (evidence) => Number(["/tmp", "/var/tmp"].some((path) => isShared(path, evidence))),
  ProtectHome: assessHomes,
  ProtectSystem: assessSystem,
  RootDirectoryOrRootImage: ({ subject }) => Number(subject.isHostRoot),
} as const satisfies Record<string, Assess>;

/** A bind mount of the host's directory of that name, or the host's tree without a mount over it. */
function isShared(path: string, evidence: Evidence): boolean {
  const { mount } = evidence.at(path);
  if (mount === undefined) return evidence.subject.isHostRoot;
  return ["/", "/tmp", "/var/tmp"].includes(hostPathOf(mount) ?? "");
}

/** systemd's yes, tmpfs, read-only and no, for the worst of the three directories; a missing one is ignored. */
function assessHomes({ subject, spec, at }: Evidence): number {
  const homes = subject.isHostRoot
    ? HOMES.filter(subject.exists)
    : (spec.mounts ?? []).filter(showsHome).map(({ destination }) => destination);
  return Math.max(0, ...homes.map((home) => assessHome(at(home))));
}

function assessHome({ access, isTemporary }: MountAccess): number {
  if (access === "inaccessible") return 0;
  if (isTemporary) return 1;
  return access === "readOnly" ? 5 : 10;
}

function showsHome({ source = "", ...mount }: Mount): boolean {
  return isBind(mount) && (source === "/" || HOMES.some((home) => `${source}/`.startsWith(`${home}/`)));
}

/** systemd's strict, full, yes and no. */
function assessSystem({ at }: Evidence): number {
  const isReadOnly = (path: string) => at(path).access !== "writable";
  if (isReadOnly("/")) return 0;
  if (!isReadOnly("/usr")) return 10;
  return isReadOnly("/etc") ? 3 : 5;
}
