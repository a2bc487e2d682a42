import { directive } from "../directive.ts";
import type { Change, PathEdit } from "../edit.ts";
import type { Scope } from "../plan.ts";
import { choiceOrBoolean } from "../values/choice.ts";
import { ranked } from "../values/within.ts";

const TEMPORARY = ["/tmp", "/var/tmp"];

export const PrivateTmp = directive({
  name: "PrivateTmp",
  summary: "Gives the service a /tmp and a /var/tmp of its own",
  value: { ...choiceOrBoolean(["no", "yes", "disconnected"], "yes"), within: ranked("no", "yes", "disconnected") },
  support: "partial",
  effect: "takes",
  deviation: "with disconnected, /tmp and /var/tmp are two tmpfs that may grow to 10 % of memory each, not together",
  plan: (value, { scope }) => {
    switch (value) {
      case "no":
        return [];
      case "yes":
        return TEMPORARY.flatMap((path) => connect(path, scope));
      case "disconnected":
        return TEMPORARY.map(disconnect);
    }
  },
});

/** A directory of the host that only root can enter, with one inside that has the mode of /tmp. */
function connect(path: string, scope: Scope): readonly Change[] {
  const outer = `${path}/dynuser-private-${scope.containerId}-${scope.name}`;
  const inner = `${outer}/tmp`;
  const owner = { uid: 0, gid: 0 };
  return [
    { kind: "newDirectory", path: outer, mode: 0o700, owner },
    { kind: "newDirectory", path: inner, mode: 0o1777, owner },
    { kind: "remove", path: outer, links: [] },
    { kind: "path", path, access: "privateTmp", source: inner, recursive: true },
  ];
}

function disconnect(path: string): PathEdit {
  const options = ["strictatime", "mode=1777", "size=10%", "nr_inodes=400k"];
  return { kind: "path", path, access: "privateTmp", noDevices: true, options };
}
