import { ENGINES } from "../config/written.ts";
import type { Option } from "../console/options.ts";
import { RUN_OPTIONS, SERVICE_OPTIONS } from "../run/request/options.ts";
import type { Command } from "./command.ts";

const JSON_OPTION: Option = { name: "json", summary: "print JSON" };
const DRY_RUN_OPTION: Option = { name: "dry-run", summary: "print what would change, and change nothing" };

const BUNDLE_OPTION: Option = {
  name: "bundle",
  argument: "DIR",
  summary: "start from the config.json of this bundle",
};

const STATE_KINDS = ["state", "cache", "logs", "runtime", "all"] as const;

const STATE_OPTIONS: readonly Option[] = [
  { name: "what", argument: "KIND", summary: "only these kinds, comma-separated", default: "all", values: STATE_KINDS },
  JSON_OPTION,
];

const ENGINE_OPTIONS: readonly Option[] = [
  {
    name: "engine",
    argument: "ENGINE",
    summary: "containerd, crio, docker or podman",
    required: true,
    values: ["containerd", "crio", "docker", "podman"],
  },
  { name: "name", argument: "NAME", summary: "name of the runtime in the engine", default: "dynuser" },
  { name: "config", argument: "FILE", summary: "configuration file of the engine", default: "the engine's" },
  DRY_RUN_OPTION,
];

export const COMMANDS: readonly Command[] = [
  {
    name: "run",
    summary: "run a command or a unit as a transient user",
    operands: "[--] [COMMAND…]",
    options: RUN_OPTIONS,
    examples: [
      "dynuser run -p StateDirectory=web --name web -- ./serve",
      "dynuser run --profile ci --workspace . --network none -- make check",
    ],
    takesCommand: true,
    load: async () => (await import("../run/command.ts")).run,
    refuse: async (options, error) => (await import("../run/command.ts")).reportRefusal(options, error),
  },
  {
    name: "show",
    summary: "print what run would do, and which directive asks for it",
    operands: "[--] [COMMAND…]",
    options: [...SERVICE_OPTIONS, BUNDLE_OPTION, JSON_OPTION],
    examples: ["dynuser show --unit web.service", "dynuser show -p ProtectSystem=strict -- true"],
    takesCommand: true,
    load: async () => (await import("./show/show.ts")).show,
  },
  {
    name: "analyze",
    summary: "measure the exposure of a container on systemd's scale of 0 to 10",
    operands: "",
    options: [
      ...SERVICE_OPTIONS,
      BUNDLE_OPTION,
      { name: "container", argument: "ID", summary: "analyze a running container, by ID or name" },
      {
        name: "threshold",
        argument: "N",
        summary: "exit with 1 above N tenths of exposure, 0 to 100",
        default: "100",
      },
      { name: "html", argument: "FILE", summary: "also write an HTML page" },
      JSON_OPTION,
    ],
    examples: ["dynuser analyze --unit web.service --html web.html", "dynuser analyze --container web"],
    commands: [
      {
        name: "suggest",
        summary: "find the strictest settings that a command still works with",
        operands: "[--] COMMAND…",
        options: [
          ...SERVICE_OPTIONS,
          { name: "check", argument: "COMMAND", summary: "shell command that must succeed after each run" },
          { name: "timeout", argument: "SECONDS", summary: "maximum time of one run", default: "60" },
        ],
        examples: [
          "dynuser analyze suggest -p StateDirectory=web --name web -- sh -c 'touch /var/lib/web/done'",
          "dynuser analyze suggest --workspace . --check 'test -e result' -- make result",
        ],
        takesCommand: true,
        load: async () => (await import("./analyze/suggest/suggest.ts")).suggest,
      },
    ],
    load: async () => (await import("./analyze/analyze.ts")).analyze,
  },
  {
    name: "doctor",
    summary: "check the host or an image for problems",
    operands: "",
    options: [JSON_OPTION],
    examples: ["dynuser doctor"],
    commands: [
      {
        name: "image",
        summary: "check an image for what a dynamic user cannot do",
        operands: "DIR|config.json",
        options: [JSON_OPTION],
        examples: ["dynuser doctor image ./rootfs"],
        load: async () => (await import("./doctor/doctor.ts")).doctorImage,
      },
    ],
    load: async () => (await import("./doctor/doctor.ts")).doctor,
  },
  {
    name: "ps",
    summary: "list running containers and commands that have a dynamic user",
    operands: "",
    options: [JSON_OPTION],
    examples: ["dynuser ps --json"],
    load: async () => (await import("./ps.ts")).listContainers,
  },
  {
    name: "state",
    summary: "list, measure, move and remove directories that outlast their users",
    operands: "",
    options: [],
    examples: ["dynuser state ls", "dynuser state clean --what=state web"],
    commands: [
      {
        name: "ls",
        summary: "list directories with their size and last use",
        operands: "[NAME|PATH…]",
        options: STATE_OPTIONS,
        examples: ["dynuser state ls", "dynuser state ls --what=state,logs web"],
        load: async () => (await import("./state/state.ts")).listState,
      },
      {
        name: "show",
        summary: "print all that is known of directories",
        operands: "NAME|PATH…",
        options: STATE_OPTIONS,
        examples: ["dynuser state show web"],
        load: async () => (await import("./state/state.ts")).showState,
      },
      {
        name: "path",
        summary: "print the paths of directories on disk",
        operands: "NAME|PATH…",
        options: STATE_OPTIONS,
        examples: ["dynuser state path --what=state web"],
        load: async () => (await import("./state/state.ts")).printPaths,
      },
      {
        name: "clean",
        summary: "remove directories of services that are not running",
        operands: "NAME|PATH…",
        options: [
          {
            name: "what",
            argument: "KIND",
            summary: "these kinds, comma-separated",
            default: "cache,runtime",
            values: STATE_KINDS,
          },
          { name: "force", short: "f", summary: "do not ask for confirmation on a terminal" },
          DRY_RUN_OPTION,
          JSON_OPTION,
        ],
        examples: ["dynuser state clean web", "dynuser state clean --what=all --dry-run web"],
        load: async () => (await import("./state/state.ts")).cleanState,
      },
      {
        name: "migrate",
        summary: "move directories to where dynamic users, or containers of an engine, have them",
        operands: "NAME|PATH…",
        options: [
          ...STATE_OPTIONS,
          { name: "engine", argument: "ENGINE", summary: "to the containers of this engine", values: ENGINES },
        ],
        examples: ["dynuser state migrate web", "dynuser state migrate --engine podman /var/lib/private/web"],
        load: async () => (await import("./state/state.ts")).migrateState,
      },
    ],
  },
  {
    name: "convert",
    summary: "convert a unit or Quadlet file to podman, Quadlet, Kubernetes, Compose or a profile",
    operands: "UNIT",
    options: [
      {
        name: "to",
        argument: "FORM",
        summary: "podman, quadlet, kubernetes, compose or profile",
        required: true,
        values: ["podman", "quadlet", "kubernetes", "compose", "profile"],
      },
      { name: "image", argument: "IMAGE", summary: "image of the container", default: "IMAGE, to be replaced" },
      {
        name: "user",
        argument: "WHOSE",
        summary: "a static user is the image's or becomes dynamic",
        default: "image",
        values: ["image", "dynamic"],
      },
      { name: "output", argument: "DIR", summary: "write the files to this directory" },
    ],
    examples: [
      "dynuser convert web.service --image localhost/web --to quadlet",
      "dynuser convert web.container --to kubernetes --output .",
    ],
    load: async () => (await import("../convert/convert.ts")).convert,
  },
  {
    name: "directives",
    summary: "describe directives, or list the calls of a system call group",
    operands: "[DIRECTIVE…]",
    options: [{ name: "syscalls", argument: "@GROUP", summary: "list the system calls of this group" }, JSON_OPTION],
    examples: ["dynuser directives StateDirectory ProtectSystem", "dynuser directives --syscalls @system-service"],
    load: async () => (await import("./directives.ts")).listDirectives,
  },
  {
    name: "runtime",
    summary: "register dynuser's runtime with an engine, or unregister it",
    operands: "",
    options: [],
    examples: ["dynuser runtime configure --engine podman --dry-run"],
    commands: [
      {
        name: "configure",
        summary: "register dynuser's runtime with an engine",
        operands: "",
        options: [
          ...ENGINE_OPTIONS,
          {
            name: "runtime",
            argument: "RUNTIME",
            summary: "crun or runc, which runs the containers",
            default: "the installed one",
            values: ["crun", "runc"],
          },
          { name: "default", summary: "also make it the engine's default runtime" },
        ],
        examples: [
          "dynuser runtime configure --engine podman --dry-run",
          "dynuser runtime configure --engine containerd --runtime runc",
        ],
        load: async () => (await import("./configure/configure.ts")).configureRuntime,
      },
      {
        name: "unconfigure",
        summary: "remove dynuser's runtime from an engine",
        operands: "",
        options: ENGINE_OPTIONS,
        examples: ["dynuser runtime unconfigure --engine podman"],
        load: async () => (await import("./configure/configure.ts")).unconfigureRuntime,
      },
    ],
  },
  {
    name: "standby",
    summary: "run a standby process that speeds up container starts",
    operands: "",
    options: [{ name: "idle", argument: "TIME", summary: "end after that long without a request", default: "never" }],
    examples: ["systemctl enable --now dynuser-standby.path"],
    load: async () => (await import("./standby.ts")).runStandbyServer,
  },
  {
    name: "gc",
    summary: "release what killed processes left behind",
    operands: "",
    options: [{ name: "dry-run", summary: "only list leftovers; exit with 1 if there are any" }, JSON_OPTION],
    examples: ["dynuser gc --dry-run"],
    load: async () => (await import("./gc.ts")).collectGarbage,
  },
  {
    name: "uid",
    summary: "show which name has or had a UID",
    operands: "",
    options: [],
    examples: ["dynuser uid whois 63404"],
    commands: [
      {
        name: "ls",
        summary: "list UIDs that are held or in cooldown",
        operands: "",
        options: [JSON_OPTION],
        examples: ["dynuser uid ls"],
        load: async () => (await import("./uid.ts")).listHeldUids,
      },
      {
        name: "whois",
        summary: "print the name that has, or last had, a UID; exit with 1 if none",
        operands: "UID",
        options: [
          { name: "at", argument: "TIME", summary: "at this time, local or with a time zone", default: "now" },
          JSON_OPTION,
        ],
        examples: ["dynuser uid whois 63404 --at 2026-11-24T12:00"],
        load: async () => (await import("./uid.ts")).whoisUid,
      },
      {
        name: "history",
        summary: "print the UIDs that a name has had; exit with 1 if none",
        operands: "NAME",
        options: [JSON_OPTION],
        examples: ["dynuser uid history web"],
        load: async () => (await import("./uid.ts")).historyOfName,
      },
    ],
  },
];
