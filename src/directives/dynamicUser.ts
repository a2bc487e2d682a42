import { type Directive, directive, imply } from "../directive.ts";
import { quote } from "../errors.ts";
import type { Service } from "../service.ts";
import { boolean } from "../values/boolean.ts";
import { isStrictName, readId } from "../values/userName.ts";
import { NoNewPrivileges } from "./noNewPrivileges.ts";
import { PrivateTmp } from "./privateTmp.ts";
import { ProtectHome } from "./protectHome.ts";
import { ProtectSystem } from "./protectSystem.ts";
import { RemoveIPC } from "./removeIpc.ts";
import { RestrictSUIDSGID } from "./restrictSuidSgid.ts";
import { Group, planUser, User } from "./user.ts";

/** What it brings with it cannot be taken away, only made stronger (src/core/unit.c, unit_patch_contexts). */
export const DynamicUser = directive({
  name: "DynamicUser",
  summary: "Runs the service as a user that exists only as long as the service does",
  value: boolean,
  support: "partial",
  effect: "identity",
  deviation:
    'HOME is "/" where systemd leaves it unset, because the low-level runtime would set it; root by its own name keeps CAP_SETUID',
  *implies(enabled) {
    if (!enabled) return;
    yield imply({ directive: ProtectSystem, value: () => "strict" as const });
    yield imply({ directive: ProtectHome, value: (current = "no") => (current === "no" ? "read-only" : current) });
    yield imply({ directive: PrivateTmp, value: (current = "no") => (current === "no" ? "disconnected" : current) });
    for (const flag of [NoNewPrivileges, RemoveIPC, RestrictSUIDSGID])
      yield imply({ directive: flag, value: () => true });
  },
  *check(enabled, service) {
    if (!enabled) return;
    yield* checkName(User, service);
    yield* checkName(Group, service);
  },
  *plan(enabled, context) {
    if (enabled) yield* planUser(context);
  },
});

/** A name that systemd tolerates for users made by others is not one that it makes. */
function checkName(directive: Directive<string>, service: Service): readonly string[] {
  const name = service.get(directive);
  if (name === undefined || readId(name) !== undefined || isStrictName(name)) return [];
  return [
    `cannot honour DynamicUser=: found ${directive.name}=${quote(name)}, expected up to 31 letters, digits, "_" and "-", the first one no digit and no "-"`,
  ];
}
