import { type Directive, directive } from "../model/directive.ts";
import { text } from "../values/text.ts";

interface Reason extends Pick<Directive, "engineNative" | "since"> {
  readonly names: string;
  readonly summary: string;
  readonly deviation: string;
}

/** Settings that only a service manager can honour, and what to use instead. */
const REASONS: readonly Reason[] = [
  {
    names: "RestartKillSignal",
    summary: "The signal that ends the service when it is restarted by hand",
    deviation: "a service is restarted only after it has ended",
  },
  {
    names: "RefreshOnReload",
    summary: "Whether extensions and credentials are refreshed at a reload",
    since: 260,
    deviation: "extensions are refused, and the files of credentials are kept until the service stops",
  },
  {
    names: "LUOSession",
    summary: "Live update sessions that are passed to the service",
    since: 262,
    deviation:
      "dynuser has no file descriptor store; the service starts without a session, as on a host without /dev/liveupdate",
  },
  {
    names: "BusName USBFunctionDescriptors USBFunctionStrings",
    summary: "D-Bus name and USB FunctionFS files of the service",
    deviation: "dynuser connects neither to D-Bus nor to USB",
  },
  {
    names: "SurviveFinalKillSignal",
    summary: "Whether processes survive the final kill of a shutdown",
    deviation: "all processes are killed when the main process has exited, and at shutdown",
  },
  {
    names: "Sockets FileDescriptorStoreMax FileDescriptorStorePreserve NonBlocking",
    summary: "File descriptors that the service manager passes to the service",
    deviation:
      "the sockets are those that the caller hands over ($LISTEN_FDS, as systemd-socket-activate does), and no descriptors are kept between starts",
  },
  {
    names: "RootDirectoryStartOnly",
    summary: "Applies RootDirectory= to ExecStart= only",
    deviation: "all commands run in the root directory; use the prefix + for the other commands",
  },
  {
    names: "TTYReset TTYVHangup TTYRows TTYColumns TTYVTDisallocate",
    summary: "How the terminal is set up and reset",
    deviation: "the terminal is not changed",
  },
  {
    names:
      "SyslogIdentifier SyslogFacility SyslogLevel SyslogLevelPrefix LogLevelMax LogExtraFields LogRateLimitIntervalSec LogRateLimitBurst LogFilterPatterns",
    summary: "How output is logged to the journal",
    deviation: "output goes to the standard output of the caller instead of the journal",
  },
];

export const serviceManager: readonly Directive[] = REASONS.flatMap(({ names, ...row }) =>
  names.split(" ").map((name) => directive({ name, ...row, value: text, support: "ignored", effect: "neutral" })),
);
