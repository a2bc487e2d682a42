import { quote } from "../errors.ts";
import { type Directive, directive } from "../model/directive.ts";
import { boolean } from "../values/boolean.ts";
import { type Command, commandLines } from "../values/commandLine.ts";

const ENGINE = "the command of a container is set by its engine";

/** systemd.service(5); an engine's container has the command of its image or engine. */
export const ExecStart = commandsOf("ExecStart", "The command to run, unless one is given on the command line", {
  engineNative: true,
});
export const ExecCondition = commandsOf(
  "ExecCondition",
  "Commands that decide whether the service starts: exit status 0 continues, 1 to 254 skips it, anything else fails",
);
export const ExecStartPre = commandsOf("ExecStartPre", "Commands that run before ExecStart=");
export const ExecStartPost = commandsOf("ExecStartPost", "Commands that run after ExecStart= has started");
export const ExecReload = commandsOf("ExecReload", "Commands that reload the service's configuration, run on SIGHUP");
export const ExecReloadPost = commandsOf("ExecReloadPost", "Commands that run after a successful reload", {
  since: 259,
});
export const ExecStop = commandsOf("ExecStop", "Commands that stop the service");
export const ExecStopPost = commandsOf("ExecStopPost", "Commands that run after the service has stopped or failed");

/** The older equivalent of the prefix `+` (src/core/service.c, EXEC_APPLY_SANDBOXING). */
export const PermissionsStartOnly = directive({
  name: "PermissionsStartOnly",
  summary: "Runs all commands except ExecStart= as root, without User= and the sandbox",
  value: boolean,
  support: "full",
  effect: "grants",
  runOnly: ENGINE,
});

function commandsOf(
  name: string,
  summary: string,
  more: Pick<Directive, "engineNative" | "since"> = {},
): Directive<readonly Command[]> {
  return directive({
    name,
    summary,
    ...more,
    value: commandLines,
    support: "partial",
    effect: "grants",
    runOnly: ENGINE,
    deviation: "argv[0] is the path of the program even with the prefix @, as no low-level runtime can set it",
    *plan(commands) {
      for (const { file, argv } of commands.filter((one) => one.argv[0] !== one.file)) {
        yield {
          kind: "warning",
          text: `${quote(file)} keeps its path as argv[0] instead of ${quote(argv[0]!)}, despite the prefix @`,
        };
      }
    },
  });
}
