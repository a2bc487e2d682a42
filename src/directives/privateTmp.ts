import type { Scope } from "../model/directive.ts";
import { directive } from "../model/directive.ts";
import type { PathEdit, PlannedChange } from "../model/edit.ts";
import { grade } from "../model/suggestion.ts";
import { choiceOrBoolean } from "../values/choice.ts";
import { ordered } from "../values/within.ts";

const TEMPORARY = ["/tmp", "/var/tmp"];

export const PrivateTmp = directive({
  name: "PrivateTmp",
  summary: "Sets up private /tmp and /var/tmp directories",
  value: {
    ...choiceOrBoolean(["no", "connected", "disconnected"], "connected"),
    within: ordered("no", "connected", "disconnected"),
  },
  support: "partial",
  effect: "restricts",
  suggest: { rank: 10, ...grade("yes") },
  deviation:
    "with disconnected, /tmp and /var/tmp are two tmpfs, each limited to 10 % of memory, where systemd limits both together; /var/tmp is one also with DefaultDependencies=no",
  plan: (value, { scope }) => {
    switch (value) {
      case "no":
        return [];
      case "connected":
        return TEMPORARY.flatMap((path) => connect(path, scope));
      case "disconnected":
        return TEMPORARY.map(disconnect);
    }
  },
});

/** A directory of the host that only root can enter, and in it one with the mode of /tmp. */
function connect(path: string, scope: Scope): readonly PlannedChange[] {
  const outer = `${path}/dynuser-private-${scope.token}`;
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
