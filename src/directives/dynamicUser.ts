import { quote } from "../errors.ts";
import { type Context, type Directive, directive, imply, type Service } from "../model/directive.ts";
import { boolean } from "../values/boolean.ts";
import { isStrictName, readId } from "../values/userName.ts";
import { NoNewPrivileges } from "./noNewPrivileges.ts";
import { PrivateTmp } from "./privateTmp.ts";
import { ProtectHome } from "./protectHome.ts";
import { ProtectSystem } from "./protectSystem.ts";
import { RemoveIPC } from "./removeIpc.ts";
import { RestrictSUIDSGID } from "./restrictSuidSgid.ts";
import { Group, planUser, User } from "./user.ts";

/** The implied settings can be strengthened but not weakened (src/core/unit.c, unit_patch_contexts). */
export const DynamicUser: Directive<boolean> = directive({
  name: "DynamicUser",
  summary: "Allocates a UNIX user and group for the lifetime of the service",
  value: boolean,
  support: "partial",
  effect: "identity",
  allowedFrom: "tenant",
  selectsUser: true,
  binding: true,
  deviation: 'HOME is "/" instead of unset, as low-level runtimes set it; User=root keeps CAP_SETUID',
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

export function isDynamic({ service }: Pick<Context, "service">): boolean {
  return service.get(DynamicUser) === true;
}

/** Names of dynamic users follow the strict rules (src/core/dynamic-user.c, dynamic_user_acquire). */
function checkName(directive: Directive<string>, service: Service): readonly string[] {
  const name = service.get(directive);
  if (name === undefined || readId(name) !== undefined || isStrictName(name)) return [];
  return [
    `cannot honour DynamicUser=: found ${directive.name}=${quote(name)}, expected up to 31 letters, digits, "_" and "-", the first one no digit and no "-"`,
  ];
}
