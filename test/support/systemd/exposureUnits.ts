import { DIRECTIVES } from "../../../src/directives/index.gen.ts";
import { makeRandom } from "../random.ts";

/** Lines that change a row of systemd-analyze(1) security. */
const LINES = [
  "DynamicUser=yes",
  "User=daemon",
  "User=nobody",
  "SupplementaryGroups=audio",
  "PrivateTmp=yes",
  "PrivateTmp=disconnected",
  "PrivateDevices=yes",
  "PrivateNetwork=yes",
  "PrivateUsers=yes",
  "PrivateIPC=yes",
  "ProtectSystem=yes",
  "ProtectSystem=full",
  "ProtectSystem=strict",
  "ProtectHome=yes",
  "ProtectHome=read-only",
  "ProtectHome=tmpfs",
  "ProtectControlGroups=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelTunables=yes",
  "ProtectKernelLogs=yes",
  "ProtectClock=yes",
  "ProtectHostname=yes",
  "ProtectProc=invisible",
  "ProtectProc=noaccess",
  "ProcSubset=pid",
  "LockPersonality=yes",
  "MemoryDenyWriteExecute=yes",
  "NoNewPrivileges=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "RestrictNamespaces=yes",
  "RestrictNamespaces=~user",
  "RestrictNamespaces=net ipc",
  "RestrictAddressFamilies=AF_UNIX",
  "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
  "RestrictAddressFamilies=~AF_PACKET AF_NETLINK",
  "RestrictAddressFamilies=none",
  "CapabilityBoundingSet=",
  "CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_CHOWN",
  "CapabilityBoundingSet=~CAP_SYS_ADMIN CAP_SYS_PTRACE",
  "SystemCallArchitectures=native",
  "SystemCallArchitectures=native x86",
  "SystemCallFilter=@system-service",
  "SystemCallFilter=~@mount @swap",
  "SystemCallFilter=~@clock @debug @module @raw-io @reboot @swap @obsolete @cpu-emulation @mount",
  "SystemCallFilter=~swapon",
  "UMask=0077",
  "UMask=0027",
  "UMask=0007",
  "UMask=0000",
  "RemoveIPC=yes",
  "DevicePolicy=closed",
  "DevicePolicy=strict",
  "KeyringMode=private",
  "IPAddressDeny=any",
  "AmbientCapabilities=CAP_NET_BIND_SERVICE",
] as const;

/** Those that dynuser honours. */
const KNOWN = LINES.filter((line) => {
  const row = DIRECTIVES.get(line.slice(0, line.indexOf("=")));
  return row !== undefined && (row.support === "full" || row.support === "partial");
});

/** Each line alone, and mixtures, always the same. */
export function exposureUnits(): ReadonlyMap<string, string> {
  const random = makeRandom(8);
  const mixtures = Array.from({ length: 40 }, (_, index) => random.some(KNOWN, 0.06 + index / 100));
  const sets = [[], ...KNOWN.map((line) => [line]), ...mixtures];
  return new Map(
    sets
      .filter(isPossible)
      .map((lines, index) => [
        `exposure${String(index).padStart(3, "0")}.service`,
        ["[Service]", "ExecStart=/bin/true", ...lines, ""].join("\n"),
      ]),
  );
}

/** A user is dynamic or has a name. */
function isPossible(lines: readonly string[]): boolean {
  return lines.filter((line) => /^(User|DynamicUser)=/.test(line)).length < 2;
}
