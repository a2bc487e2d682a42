import { directive } from "../model/directive.ts";
import { boolean } from "../values/boolean.ts";
import { choice } from "../values/choice.ts";
import { path } from "../values/path.ts";

const ENGINE = "the lifetime of a container is that of its first process";

export const TYPES = ["simple", "exec", "forking", "oneshot", "dbus", "notify", "notify-reload", "idle"] as const;

export const Type = directive({
  name: "Type",
  summary: "How the service reports that its start-up is complete",
  value: choice(TYPES),
  support: "partial",
  effect: "neutral",
  engineNative: true,
  runOnly: ENGINE,
  deviation:
    "dbus is refused, as dynuser does not connect to D-Bus: use notify or exec; idle does not wait, as there are no other jobs",
  *check(type) {
    if (type === "dbus") {
      yield "cannot honour Type=dbus: found no connection to D-Bus, expected notify or exec";
    }
  },
});

export const ExitType = directive({
  name: "ExitType",
  summary: "Whether the service ends when its main process or when its last process exits",
  value: choice(["main", "cgroup"]),
  support: "full",
  effect: "neutral",
  runOnly: ENGINE,
  *check(exitType, service) {
    if (exitType === "cgroup" && service.get(Type) === "oneshot") {
      yield "cannot honour ExitType=cgroup: found Type=oneshot, which ends with its commands";
    }
  },
});

export const RemainAfterExit = directive({
  name: "RemainAfterExit",
  summary: "Whether the service stays active after all its processes have exited",
  value: boolean,
  support: "full",
  effect: "neutral",
  runOnly: ENGINE,
});

export const PIDFile = directive({
  name: "PIDFile",
  summary: "Path of the PID file of a forking service, relative to /run unless absolute",
  value: {
    syntax: path.syntax,
    parse: (text, reading) => {
      const given = reading.expand(text);
      const absolute = given.startsWith("/") ? given : `${reading.expand("%t")}/${given}`;
      return path.parse(absolute, { ...reading, expand: (expanded) => expanded });
    },
  },
  support: "full",
  effect: "neutral",
  runOnly: ENGINE,
});

export const GuessMainPID = directive({
  name: "GuessMainPID",
  summary: "Whether the main PID of a forking service without PIDFile= is guessed",
  value: boolean,
  support: "full",
  effect: "neutral",
  runOnly: ENGINE,
});

export const NotifyAccess = directive({
  name: "NotifyAccess",
  summary: "Which processes may send messages by sd_notify(3)",
  value: choice(["none", "main", "exec", "all"]),
  support: "full",
  effect: "neutral",
  runOnly: "the engine handles notifications of containers (podman: --sdnotify)",
});
