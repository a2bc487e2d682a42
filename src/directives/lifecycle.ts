import { type Directive, directive } from "../directive.ts";
import { text } from "../values/text.ts";

/** What a unit says about being started, watched and stopped, and who does that for a container. */
const REASONS: readonly { readonly names: string; readonly summary: string; readonly deviation: string }[] = [
  {
    names: "Type ExitType RemainAfterExit GuessMainPID PIDFile BusName NotifyAccess OOMPolicy SuccessExitStatus",
    summary: "When the service manager takes the service for started, running and ended",
    deviation: "there is no service manager: the container runs as long as its first process",
  },
  {
    names:
      "Restart RestartSec RestartMode RestartSteps RestartMaxDelaySec RestartPreventExitStatus RestartForceExitStatus",
    summary: "Whether and when the service manager starts the service again",
    deviation: "there is no service manager: use the restart policy of the engine",
  },
  {
    names: "ExecCondition ExecStartPre ExecStartPost ExecReload ExecStop ExecStopPost RootDirectoryStartOnly",
    summary: "Commands around the main one",
    deviation: "only ExecStart= is run",
  },
  {
    names:
      "TimeoutSec TimeoutStartSec TimeoutStopSec TimeoutAbortSec TimeoutStartFailureMode TimeoutStopFailureMode RuntimeMaxSec RuntimeRandomizedExtraSec WatchdogSec",
    summary: "How long the service manager waits",
    deviation: "there is no service manager: whoever runs the container decides how long",
  },
  {
    names:
      "KillMode KillSignal RestartKillSignal FinalKillSignal SendSIGKILL SendSIGHUP WatchdogSignal ReloadSignal SurviveFinalKillSignal",
    summary: "How the service manager stops the service",
    deviation: "there is no service manager: whoever runs the container stops it, and no process of it stays",
  },
  {
    names: "Sockets FileDescriptorStoreMax FileDescriptorStorePreserve NonBlocking",
    summary: "Files that the service manager hands over",
    deviation: "there is no service manager that could hand over files",
  },
  {
    names:
      "StandardInput StandardOutput StandardError StandardInputText StandardInputData TTYPath TTYReset TTYVHangup TTYRows TTYColumns TTYVTDisallocate SyslogIdentifier SyslogFacility SyslogLevel SyslogLevelPrefix LogLevelMax LogExtraFields LogRateLimitIntervalSec LogRateLimitBurst LogFilterPatterns",
    summary: "Where standard input comes from and output goes",
    deviation: "standard input and output belong to whoever runs the container",
  },
];

export const lifecycle: readonly Directive[] = REASONS.flatMap(({ names, summary, deviation }) =>
  names
    .split(" ")
    .map((name) => directive({ name, summary, value: text, support: "ignored", effect: "neutral", deviation })),
);
