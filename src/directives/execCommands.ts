import { type Directive, directive } from "../directive.ts";
import { quote } from "../errors.ts";
import { boolean } from "../values/boolean.ts";
import { type Command, commandLines } from "../values/commandLine.ts";

const ENGINE = "the engine says what is run";

/** systemd.service(5); those of an engine's container are the image's and the engine's. */
export const ExecStart = commandsOf("ExecStart", "The command to run where none is given");
export const ExecCondition = commandsOf(
  "ExecCondition",
  "Commands that decide whether the service is started: 0 goes on, 1 to 254 skip it, all else fails",
);
export const ExecStartPre = commandsOf("ExecStartPre", "Commands before the main one");
export const ExecStartPost = commandsOf("ExecStartPost", "Commands once the main one has started");
export const ExecReload = commandsOf(
  "ExecReload",
  "Commands for the service to read its configuration again, on SIGHUP",
);
export const ExecStop = commandsOf("ExecStop", "Commands that stop a service that has started");
export const ExecStopPost = commandsOf("ExecStopPost", "Commands after the end, whatever it was");

/** The older way to write a `+` before all of them (src/core/service.c, EXEC_APPLY_SANDBOXING). */
export const PermissionsStartOnly = directive({
  name: "PermissionsStartOnly",
  summary: "Gives every command but the main one the rights of root without the sandbox",
  value: boolean,
  support: "full",
  effect: "gives",
  onlyRun: ENGINE,
});

function commandsOf(name: string, summary: string): Directive<readonly Command[]> {
  return directive({
    name,
    summary,
    value: commandLines,
    support: "partial",
    effect: "gives",
    onlyRun: ENGINE,
    deviation: "a program bears its own name, with @ too: no low-level runtime gives it another",
    *plan(commands) {
      for (const { file, argv } of commands.filter((one) => one.argv[0] !== one.file)) {
        yield { kind: "warning", text: `${quote(file)} bears its own name and not ${quote(argv[0]!)}, despite @` };
      }
    },
  });
}
