import { type Directive, directive } from "../directive.ts";
import { text } from "../values/text.ts";

/** What only a service manager that stays can do, and who does it here. */
const REASONS: readonly { readonly names: string; readonly summary: string; readonly deviation: string }[] = [
  {
    names:
      "Restart RestartSec RestartMode RestartSteps RestartMaxDelaySec RestartPreventExitStatus RestartForceExitStatus RestartKillSignal",
    summary: "Whether and when the service manager starts the service again",
    deviation: "a start is one run: whoever called it starts it again (an engine's restart policy, a supervisor)",
  },
  {
    names: "BusName USBFunctionDescriptors USBFunctionStrings",
    summary: "What the service manager watches besides the processes",
    deviation: "nobody watches the bus or USB here",
  },
  {
    names: "OOMPolicy SurviveFinalKillSignal",
    summary: "What the service manager does when the kernel or a shutdown ends processes",
    deviation: "no process stays when the main one has ended, and a shutdown ends all",
  },
  {
    names: "Sockets FileDescriptorStoreMax FileDescriptorStorePreserve NonBlocking",
    summary: "Files that the service manager hands over",
    deviation: "there are no socket units and no earlier start that could hand over files",
  },
  {
    names: "RootDirectoryStartOnly",
    summary: "Frees the commands around the main one from its root directory",
    deviation: "every command has the settings of the main one, use the prefix +",
  },
  {
    names: "TTYReset TTYVHangup TTYRows TTYColumns TTYVTDisallocate",
    summary: "What the service manager does with the terminal",
    deviation: "the terminal is left as it is",
  },
  {
    names:
      "SyslogIdentifier SyslogFacility SyslogLevel SyslogLevelPrefix LogLevelMax LogExtraFields LogRateLimitIntervalSec LogRateLimitBurst LogFilterPatterns",
    summary: "How the journal notes the output",
    deviation: "output goes to whoever started the service and not to the journal",
  },
];

export const serviceManager: readonly Directive[] = REASONS.flatMap(({ names, summary, deviation }) =>
  names
    .split(" ")
    .map((name) => directive({ name, summary, value: text, support: "ignored", effect: "neutral", deviation })),
);
