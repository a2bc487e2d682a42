import { UserError } from "../errors.ts";
import { directive } from "../model/directive.ts";
import { grade } from "../model/suggestion.ts";
import { resolveCapabilities } from "../values/capabilitySet.ts";
import { choiceOrBoolean } from "../values/choice.ts";
import { AmbientCapabilities } from "./capabilities.ts";

/** The right to mount, unmount and remount (may_mount() of fs/namespace.c). */
const MOUNTING = "CAP_SYS_ADMIN";

export const PrivateUsers = directive({
  name: "PrivateUsers",
  summary: "Runs the service in a new user namespace",
  value: {
    ...choiceOrBoolean(["no", "self", "identity", "full", "managed"], "self"),
    within: (value, bound) => bound === "no" || value === bound,
  },
  support: "partial",
  effect: "restricts",
  suggest: { rank: 27, ...grade("yes") },
  deviation:
    "supplementary groups are mapped too, as runtimes cannot set unmapped ones; capabilities that the caller lacks are not added; device nodes are bind-mounted, and so is the host's /sys with PrivateNetwork=; a user namespace of the engine is kept; CAP_SYS_ADMIN is dropped, as the mounts belong to the user namespace and could be undone with it; managed is refused, as systemd-nsresourced assigns its UIDs",
  *check(map) {
    if (map !== "managed") return;
    yield "cannot honour PrivateUsers=managed: found no systemd-nsresourced, which assigns the range of UIDs, expected self, identity or full";
  },
  *plan(map, { identity, service, facts }) {
    if (map === "no" || map === "managed") return;
    if (!facts.hasUserNamespaces()) {
      throw new UserError(
        "cannot honour PrivateUsers=: found no user namespaces on this host, expected user.max_user_namespaces above 0",
      );
    }
    yield { kind: "userNamespace", map, ...(identity && { uids: [identity.uid] }) };
    // Runtimes make the mounts in a namespace that belongs to this user namespace, so that they are not locked.
    yield { kind: "capabilities", drop: [MOUNTING] };
    if (resolveCapabilities(service.get(AmbientCapabilities) ?? [], "none").has(MOUNTING)) {
      yield {
        kind: "warning",
        text: `leaving out ${MOUNTING}: it would undo the mounts of a service with PrivateUsers=`,
      };
    }
  },
});
