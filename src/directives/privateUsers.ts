import { directive } from "../directive.ts";
import { choiceOrBoolean } from "../values/choice.ts";

export const PrivateUsers = directive({
  name: "PrivateUsers",
  summary: "Runs the service in a user namespace of its own",
  value: {
    ...choiceOrBoolean(["no", "self", "identity"], "self"),
    within: (value, bound) => bound === "no" || value === bound,
  },
  support: "partial",
  effect: "takes",
  deviation:
    "supplementary groups are mapped too, since a runtime cannot set unmapped ones; capabilities that the host withholds stay away; devices are shown by binds, and so is the host's /sys with PrivateNetwork=; crun 1.8 shows no mounts below a path that it binds; a user namespace of the engine is kept as it is",
  *plan(map, { identity }) {
    if (map !== "no") yield { kind: "userNamespace", map, ...(identity && { uids: [identity.uid] }) };
  },
});
