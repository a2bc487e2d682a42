import { directive } from "../directive.ts";
import { boolean } from "../values/boolean.ts";
import { choice } from "../values/choice.ts";
import { path } from "../values/path.ts";
import { ExecStart } from "./execCommands.ts";

const ENGINE = "the engine takes the container for started with its first process and for ended with it";

export const TYPES = ["simple", "exec", "forking", "oneshot", "dbus", "notify", "notify-reload", "idle"] as const;

export const Type = directive({
  name: "Type",
  summary: "When the service counts as started",
  value: choice(TYPES),
  support: "partial",
  effect: "neutral",
  onlyRun: ENGINE,
  deviation:
    "dbus is refused: nobody watches the bus, use notify or exec; idle does not wait, as there are no other jobs",
  *check(type, service) {
    if (type === "dbus") {
      yield "cannot honour Type=dbus: nobody here watches the bus, expected notify or exec";
    }
    if (type !== "oneshot" && (service.get(ExecStart) ?? []).length > 1) {
      yield `cannot honour ExecStart=: found several commands, expected one, as only Type=oneshot has more (Type=${type})`;
    }
  },
});

export const ExitType = directive({
  name: "ExitType",
  summary: "Whether the service ends with its main process or with its last one",
  value: choice(["main", "cgroup"]),
  support: "full",
  effect: "neutral",
  onlyRun: ENGINE,
  *check(exitType, service) {
    if (exitType === "cgroup" && service.get(Type) === "oneshot") {
      yield "cannot honour ExitType=cgroup: found Type=oneshot, which ends with its commands";
    }
  },
});

export const RemainAfterExit = directive({
  name: "RemainAfterExit",
  summary: "Goes on when all processes have ended well, until it is stopped",
  value: boolean,
  support: "full",
  effect: "neutral",
  onlyRun: ENGINE,
});

export const PIDFile = directive({
  name: "PIDFile",
  summary: "Where a forking service writes the PID of its main process; below /run unless absolute",
  value: {
    syntax: path.syntax,
    parse: (text, reading) => path.parse(text.startsWith("/") ? text : `/run/${text}`, reading),
  },
  support: "full",
  effect: "neutral",
  onlyRun: ENGINE,
});

export const GuessMainPID = directive({
  name: "GuessMainPID",
  summary: "Takes the only process that a forking service leaves for its main one",
  value: boolean,
  support: "full",
  effect: "neutral",
  onlyRun: ENGINE,
});

export const NotifyAccess = directive({
  name: "NotifyAccess",
  summary: "Whose messages of sd_notify(3) count",
  value: choice(["none", "main", "exec", "all"]),
  support: "full",
  effect: "neutral",
  onlyRun: "messages of containers are the engine's (podman: --sdnotify)",
});
