import { DYNAMIC, type Situation } from "../bundles/plan.ts";
import { factsOfHost } from "../hosts/facts.ts";

const DISK = { type: "b", major: 8, minor: 0 } as const;
const TEXTS: Readonly<Record<string, string>> = {
  "/etc/web.env": "C=3\n",
  "/sys/module/apparmor/parameters/enabled": "Y\n",
  "/sys/kernel/security/apparmor/profiles": "web (enforce)\n",
  "/proc/sys/kernel/pid_max": "4194304\n",
  "/proc/sys/kernel/threads-max": "1000\n",
};
const FACTS = factsOfHost({
  host: {
    "/srv": "directory",
    "/run/ipcns": "file",
    "/run/netns/blue": "file",
    "/dev/disk": "device",
    "/sys/fs/selinux/enforce": "file",
  },
});

/** The host and the container that the samples of all directives are planned for. */
export const SITUATION: Situation = {
  identity: DYNAMIC,
  environment: { LANG: "C.UTF-8" },
  spec: {
    ociVersion: "1.0.2",
    process: { user: { uid: 0, gid: 0 }, cwd: "/", capabilities: { bounding: ["CAP_CHOWN", "CAP_KILL"] } },
  },
  facts: {
    ...FACTS,
    host: {
      ...FACTS.host,
      look: (path) => ({ ...FACTS.host.look(path), ...(path === "/dev/disk" && { device: DISK }) }),
      read: (path) => TEXTS[path],
      match: (pattern) => (Object.hasOwn(TEXTS, pattern) ? [pattern] : []),
    },
    findGroup: (name) => ({ users: { gid: 100 }, audio: { gid: 29 } })[name],
    runtime: { ...FACTS.runtime, version: "1.28" },
  },
};
