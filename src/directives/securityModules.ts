import { directive } from "../directive.ts";
import type { Change } from "../edit.ts";
import { quote, UserError } from "../errors.ts";
import type { Context } from "../plan.ts";
import { type SecurityLabel, securityLabel } from "../values/securityLabel.ts";

export const SELinuxContext = directive({
  name: "SELinuxContext",
  summary: "The SELinux context of the service's processes",
  value: securityLabel,
  support: "full",
  effect: "gives",
  *plan({ label }, { facts }) {
    if (facts.host.look("/sys/fs/selinux/enforce").type === "missing") yield withoutEffect("SELinux");
    else yield { kind: "process", field: "selinuxLabel", value: label };
  },
});

export const AppArmorProfile = directive({
  name: "AppArmorProfile",
  summary: "The AppArmor profile of the service's processes, which must be loaded",
  value: securityLabel,
  support: "full",
  effect: "gives",
  plan: planProfile,
});

export const SmackProcessLabel = directive({
  name: "SmackProcessLabel",
  summary: "The SMACK label of the service's processes",
  value: securityLabel,
  support: "partial",
  effect: "gives",
  deviation:
    "without effect where SMACK is not active, as under systemd, and refused where it is: no runtime sets labels",
  *plan({ optional }, { facts }) {
    if (facts.host.look("/sys/fs/smackfs/load2").type === "missing") yield withoutEffect("SMACK");
    else if (!optional)
      throw new UserError("cannot honour SmackProcessLabel=: found SMACK active, which no runtime sets labels for");
  },
});

/** As systemd has it: a setting for a module that is not active has no effect. */
function withoutEffect(module: string): Change {
  return { kind: "warning", text: `without effect, as ${module} is not active on this host` };
}

function* planProfile({ label, optional }: SecurityLabel, { facts }: Context): Iterable<Change> {
  const enabled = facts.host.read("/sys/module/apparmor/parameters/enabled", 16)?.trim() === "Y";
  const loaded = facts.host.read("/sys/kernel/security/apparmor/profiles", 1 << 24) ?? "";
  if (!enabled) yield withoutEffect("AppArmor");
  else if (loaded.split("\n").some((line) => line.startsWith(`${label} (`))) {
    yield { kind: "process", field: "apparmorProfile", value: label };
  } else if (!optional) {
    throw new UserError(
      `cannot honour AppArmorProfile=: found no profile ${quote(label)} loaded on this host, expected one (apparmor_parser -r), or "-" before it`,
    );
  }
}
