/**
 * Where systemd's row looks at what is written and dynuser's at what the container gets in the end. Dynuser's is better where
 * another setting brings the same, worse where systemd's is lenient.
 */
export interface Difference {
  /** systemd's names of the rows in JSON. */
  readonly rows: RegExp;
  /** What in the unit makes the difference. */
  readonly when: RegExp;
  readonly because: string;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    rows: /^SystemCallFilter_(clock|module|raw_io)$/,
    when: /^(ProtectClock|ProtectKernelModules|PrivateDevices)=yes/m,
    because: "these refuse the system calls of the group, too",
  },
  {
    rows: /^DeviceAllow$/,
    when: /^ProtectClock=yes/m,
    because: "the clock's device is not let through (docs/directives.md)",
  },
  {
    rows: /^Protect(KernelModules|KernelLogs|Clock)$/,
    when: /^CapabilityBoundingSet=[\s\S]*^SystemCallFilter=/m,
    because: "a set of capabilities and a filter together do the same",
  },
  {
    rows: /^AmbientCapabilities$/,
    when: /^CapabilityBoundingSet=[\s\S]*^AmbientCapabilities=/m,
    because: "outside of the bounding set there are none, for systemd's own services neither",
  },
  {
    rows: /^ProtectProc$/,
    when: /^PrivatePIDs=yes/m,
    because: "its own PID namespace has no other processes",
  },
  {
    rows: /^CapabilityBoundingSet_CAP_SYS_ADMIN$/,
    when: /^PrivateUsers=(?:yes|identity|full)/m,
    because: "the capability is dropped in the user namespace (docs/directives.md)",
  },
  {
    rows: /^SystemCallArchitectures$/,
    when: /^MemoryDenyWriteExecute=yes/m,
    because: "32-bit x86 hides the arguments, so that its calls are refused altogether",
  },
  {
    rows: /^(PrivateNetwork|IPAddressDeny)$/,
    when: /^PrivateNetwork=yes/m,
    because: "no address can be reached without a network, and that is how none is reached",
  },
];
