import { directive } from "../model/directive.ts";
import type { PathEdit } from "../model/edit.ts";
import { graded } from "../model/suggestion.ts";
import { choiceOrBoolean } from "../values/choice.ts";
import { ordered } from "../values/within.ts";

const HOMES = [
  { path: "/home", mode: "mode=0755" },
  { path: "/run/user", mode: "mode=0755" },
  { path: "/root", mode: "mode=0700" },
] as const;

export const ProtectHome = directive({
  name: "ProtectHome",
  summary: "Makes /home, /root and /run/user inaccessible, empty or read-only",
  value: {
    ...choiceOrBoolean(["no", "yes", "read-only", "tmpfs"], "yes"),
    within: ordered("no", "read-only", "tmpfs", "yes"),
  },
  support: "full",
  effect: "restricts",
  suggest: { rank: 9, ...graded("yes", "tmpfs", "read-only") },
  plan: (value) => (value === "no" ? [] : HOMES.map(({ path, mode }) => protect(value, path, mode))),
});

function protect(value: "yes" | "read-only" | "tmpfs", path: string, mode: string): PathEdit {
  const place = { kind: "path", path, optional: true } as const;
  switch (value) {
    case "yes":
      return { ...place, access: "inaccessible" };
    case "read-only":
      return { ...place, access: "readOnly" };
    case "tmpfs": {
      // TMPFS_LIMITS_EMPTY_OR_ALMOST of systemd's src/basic/mountpoint-util.h
      const options = ["strictatime", mode, "size=4m", "nr_inodes=1k"];
      return { ...place, access: "tmpfs", readOnly: true, noDevices: true, options };
    }
  }
}
