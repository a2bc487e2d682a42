import { quote, UserError } from "../errors.ts";
import type { Context } from "../model/directive.ts";
import { directive } from "../model/directive.ts";
import type { PlannedChange } from "../model/edit.ts";
import { type SecurityLabel, securityLabel } from "../values/securityLabel.ts";

export const SELinuxContext = directive({
  name: "SELinuxContext",
  summary: "Sets the SELinux context of the service's processes",
  value: securityLabel,
  support: "full",
  effect: "grants",
  *plan({ label }, { facts }) {
    if (facts.host.look("/sys/fs/selinux/enforce").type === "missing") yield withoutEffect("SELinux");
    else yield { kind: "process", field: "selinuxLabel", value: label };
  },
});

export const AppArmorProfile = directive({
  name: "AppArmorProfile",
  summary: "Sets the AppArmor profile of the service's processes, which must be loaded",
  value: securityLabel,
  support: "full",
  effect: "grants",
  plan: planProfile,
});

export const SmackProcessLabel = directive({
  name: "SmackProcessLabel",
  summary: "Sets the SMACK label of the service's processes",
  value: securityLabel,
  support: "partial",
  effect: "grants",
  deviation:
    "has no effect if SMACK is not active, as under systemd; refused if it is, as no runtime sets SMACK labels",
  *plan({ optional }, { facts }) {
    if (facts.host.look("/sys/fs/smackfs/load2").type === "missing") yield withoutEffect("SMACK");
    else if (!optional)
      throw new UserError(
        "cannot honour SmackProcessLabel=: found SMACK active, expected a host without it as no runtime sets its labels",
      );
  },
});

/** As under systemd, a setting for a security module that is not active has no effect. */
function withoutEffect(module: string): PlannedChange {
  return { kind: "warning", text: `has no effect, as ${module} is not active on this host` };
}

function* planProfile({ label, optional }: SecurityLabel, { facts }: Context): Iterable<PlannedChange> {
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
