import { applyEdits } from "../../src/apply/apply.ts";
import { completeConfiguration } from "../../src/config/configuration.ts";
import { parseConfiguration } from "../../src/config/parse.ts";
import { forbiddenDirectives } from "../../src/config/policy.ts";
import { readOptions } from "../../src/console/options.ts";
import { DIRECTIVES } from "../../src/directives/index.gen.ts";
import { controllingAnnotations } from "../../src/engine/policy/runtimeAnnotations.ts";
import { readAnnotations } from "../../src/engine/request/annotations.ts";
import { parseProcess, parseSpec } from "../../src/engine/request/specText.ts";
import { parseRuntimeArguments } from "../../src/engine/runtime/arguments.ts";
import { canonicalWords } from "../../src/engine/runtime/canonical.ts";
import { processFromArguments } from "../../src/engine/runtime/execArguments.ts";
import { adaptExecProcess } from "../../src/engine/runtime/execProcess.ts";
import { problemsOf } from "../../src/errors.ts";
import { holderFormat } from "../../src/identity/holderRecord.ts";
import { makePlan } from "../../src/model/plan.ts";
import { formatJson } from "../../src/oci/json.ts";
import type { Spec } from "../../src/oci/spec.ts";
import { RUN_OPTIONS } from "../../src/run/request/options.ts";
import { readProfile } from "../../src/settings/profile.ts";
import { readService } from "../../src/settings/read.ts";
import type { Setting } from "../../src/settings/setting.ts";
import { readUnitFile } from "../../src/settings/unitFile.ts";
import { addNames, callerGroups } from "../../src/start/nameFiles.ts";
import { parseEnvironmentFile } from "../../src/values/environmentFile.ts";
import { specifiersOf } from "../../src/values/specifiers.ts";
import { DYNAMIC } from "../support/bundles/plan.ts";
import { factsOfHost, factsOfImage } from "../support/hosts/facts.ts";
import type { Random } from "../support/random.ts";
import { mutateJson, mutateText, name, setting, value, word, words } from "./grammar.ts";

/** Something that reads what others write. `read` throws nothing but mistakes of the user (UserError). */
export interface Target {
  readonly name: string;
  make(random: Random): string;
  read(text: string): unknown;
}

export const TARGETS: readonly Target[] = [
  { name: "unit", make: makeUnit, read: readUnit },
  { name: "profile", make: makeProfile, read: async (text) => readAll(await readProfile(text, "p.yaml")) },
  {
    name: "configuration",
    make: makeConfiguration,
    read: (text) => completeConfiguration(parseConfiguration(text, "c")),
  },
  { name: "annotations", make: makeAnnotations, read: readAnnotated },
  { name: "config", make: makeConfig, read: readConfig },
  { name: "process", make: (random) => mutated(PROCESS, random), read: readExec },
  { name: "holder", make: (random) => mutated(HOLDER, random), read: readHolder },
  { name: "arguments", make: makeArguments, read: readArguments },
  { name: "environment", make: makeEnvironment, read: (text) => parseEnvironmentFile(text) },
  { name: "names", make: makeNames, read: readNames },
];

function list(random: Random, most: number, one: (random: Random) => string): string[] {
  return Array.from({ length: random.below(most) }, () => one(random));
}

function makeUnit(random: Random): string {
  const line = () =>
    random.pick([
      () => setting(random),
      () => setting(random),
      () => setting(random),
      () => `${setting(random)}\\`,
      () => `# ${words(random)}`,
      () => `[${random.pick(["Service", "Unit", "Install", "X-y", "", "Serv"])}${random.pick(["]", "]", "]", ""])}`,
      () => words(random),
    ])();
  const text = ["[Service]", ...list(random, 8, line)].join(random.pick(["\n", "\n", "\r\n", "\\\n"]));
  return random.below(4) === 0 ? mutateText(text, random) : text;
}

function readUnit(text: string): unknown {
  const { settings } = readUnitFile(text, "u.service");
  return [readAll(settings), readAll(settings.map((one) => ({ ...one, lenient: false })))];
}

/** Read, planned and applied on the host and on an image. */
function readAll(settings: readonly Setting[]): unknown {
  const specifiers = specifiersOf("web@1.service", () => "host");
  const { service } = readService(settings, { directives: DIRECTIVES, specifiers });
  return [factsOfHost(), factsOfImage()].map((facts) => {
    const scope = {
      name: "web",
      unit: "web@1.service",
      containerId: "c",
      token: "0123456789abcdef",
      directory: "/run/dynuser/c",
      environment: { A: "1" },
    };
    const plan = makePlan({ service, identity: DYNAMIC, spec: SPEC, facts, scope });
    return formatJson(
      applyEdits(
        SPEC,
        plan.edits.map(({ item }) => item),
        facts,
      ),
    );
  });
}

function makeProfile(random: Random): string {
  const scalar = () =>
    random.pick([
      () => value(random),
      () => value(random),
      () => value(random),
      () => JSON.stringify(value(random)),
      () => `|\n  ${value(random)}`,
      () => `!!str ${word(random)}`,
      () => `&a ${word(random)}`,
      () => "*a",
    ])();
  const item = () =>
    random.pick([
      () => scalar(),
      () => scalar(),
      () => `[${list(random, 4, scalar).join(", ")}]`,
      () => `\n  - ${scalar()}\n  - ${scalar()}`,
      () => `{${word(random)}: ${scalar()}}`,
    ])();
  const text = list(random, 7, () => `${name(random)}${random.pick([": ", ": ", ": ", ":", "? "])}${item()}`).join(
    "\n",
  );
  return random.below(4) === 0 ? mutateText(text, random) : text;
}

function makeConfiguration(random: Random): string {
  const rules = () =>
    random.pick([
      () => `policy: ${random.pick(["all", "safe", "tighten", "[BindPaths]", "none", value(random)])}`,
      () => `maxima: { ${name(random)}: ${random.pick([value(random), "[a, b]", "{}"])} }`,
      () => `profiles: ${random.pick(["[]", "[web]", "web", word(random)])}`,
      () => `defaultProfile: ${word(random)}`,
      () => `staticUsers: ${random.pick(["yes", "no", "maybe"])}`,
      () => `runtimeAnnotations: [run.oci.handler]`,
      () => `${word(random)}: ${word(random)}`,
    ])();
  const engine = () =>
    `  ${random.pick(["podman", "docker", "kubernetes", "other", "lxc"])}:\n${list(random, 4, rules)
      .map((line) => `    ${line}\n`)
      .join("")}`;
  const text = `engines:\n${engine()}${list(random, 3, engine).join("")}`;
  return random.below(3) === 0 ? mutateText(text, random) : text;
}

function makeAnnotations(random: Random): string {
  const keys = () =>
    random.pick([
      () => `dynuser/${name(random)}`,
      () => `dynuser/${name(random)}`,
      () => "dynuser/Name",
      () => "dynuser/Profile",
      () => `run.oci.${word(random)}`,
      () => word(random),
    ])();
  return JSON.stringify(Object.fromEntries(list(random, 6, keys).map((key) => [key, value(random)])));
}

function readAnnotated(text: string): unknown {
  const annotations = JSON.parse(text) as Readonly<Record<string, string>>;
  const request = readAnnotations(annotations);
  controllingAnnotations(annotations, []);
  forbiddenDirectives(request?.settings ?? [], { policy: "safe", maxima: {} }, DIRECTIVES);
  return readAll(request?.settings ?? []);
}

function mutated(json: unknown, random: Random): string {
  const text = JSON.stringify(mutateJson(json, random)) ?? "";
  return random.below(6) === 0 ? mutateText(text, random) : text;
}

function makeConfig(random: Random): string {
  return `${list(random, 4, setting)
    .map((line) => line.replaceAll("\n", " "))
    .join("\n")}\n\n${mutated(SPEC, random)}`;
}

/** Settings, an empty line, a config. */
function readConfig(text: string): unknown {
  const at = text.indexOf("\n\n");
  const settings = text
    .slice(0, at)
    .split("\n")
    .flatMap((line) =>
      /^[A-Z]\w*=/.test(line)
        ? [{ name: line.split("=")[0]!, value: line.replace(/^[^=]*=/, ""), place: "x", lenient: true }]
        : [],
    );
  const spec = parseSpec(text.slice(at + 2), "config.json");
  const { service } = readService(settings, {
    directives: DIRECTIVES,
    specifiers: specifiersOf("web.service", () => "host"),
  });
  const facts = factsOfImage();
  const scope = {
    name: "web",
    unit: "web.service",
    containerId: "c",
    token: "0123456789abcdef",
    directory: "/run/dynuser/c",
    environment: {},
  };
  const edits = makePlan({ service, identity: DYNAMIC, spec, facts, scope }).edits.map(({ item }) => item);
  return parseSpec(formatJson(applyEdits(spec, edits, facts)), "the result");
}

function readExec(text: string): unknown {
  const before = SPEC.process!;
  const after = { ...before, user: { uid: 63404, gid: 63404 }, noNewPrivileges: true };
  const adapted = adaptExecProcess(parseProcess(text, "process.json"), { before, after });
  if (adapted.user.uid !== 63404) throw new Error(`gives UID ${adapted.user.uid}`);
  return adapted;
}

function readHolder(text: string): unknown {
  const holder = holderFormat.parse(text);
  const isSound =
    holder === undefined ||
    (Number.isInteger(holder.uid) && holder.releases.every(({ kind }) => kind === "remove" || kind === "removeIpc"));
  if (!isSound) throw new Error("takes a damaged holder for a sound one");
  return holder;
}

function makeArguments(random: Random): string {
  const option = () =>
    random.pick([
      "--bundle",
      "-b",
      "--root",
      "--log",
      "--log-format",
      "--process",
      "-p",
      "--user",
      "-u",
      "--cap",
      "--detach",
      "-td",
      "--systemd-cgroup",
      "--",
      "--pid-file",
      "--property",
      "--unit",
      "--name",
      "-t",
    ]);
  const one = () =>
    random.pick([
      () => option(),
      () => `${option()}=${word(random)}`,
      () => word(random),
      () => random.pick(["create", "run", "exec", "delete", "restore", "c1"]),
    ])();
  return list(random, 10, one).join("\0");
}

function readArguments(text: string): unknown {
  const argv = text.split("\0");
  const process = SPEC.process!;
  return [
    (["crun", "runc"] as const).map((name) => {
      const call = parseRuntimeArguments(argv, name);
      const exec = tolerant(() => processFromArguments(call, { before: process, after: process }));
      return [exec, canonicalWords(call, { root: "/r", bundle: "/b" })];
    }),
    tolerant(() => readOptions(RUN_OPTIONS, argv)),
  ];
}

function tolerant(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (problemsOf(error) === undefined) throw error;
    return undefined;
  }
}

function makeEnvironment(random: Random): string {
  const line = () =>
    `${random.pick(["A", "B_1", "1", "", word(random)])}=${random.pick(["", '"', "'"])}${words(random)}${random.pick(["", '"', "'", "\\"])}`;
  return list(random, 8, line).join(random.pick(["\n", "\n", "\r", "\\\n"]));
}

function makeNames(random: Random): string {
  const line = () => list(random, 8, () => random.pick(["web", "root", "x", "0", "63404", "", word(random)])).join(":");
  return list(random, 8, line).join("\n");
}

/** Whatever the image says, each file has one line for our user and no other name for its ID. */
function readNames(text: string): unknown {
  callerGroups({ uid: 0, gid: 0, additionalGids: [1] }, { passwd: text, group: text });
  const { passwd, group } = addNames({ passwd: text, group: text }, DYNAMIC);
  for (const file of [passwd, group]) {
    const rows = file.split("\n").map((line) => line.split(":"));
    const ours = rows.filter(([first, , id]) => first === "web" || id === "63404");
    if (ours.length !== 1 || ours[0]![2] !== "63404") throw new Error(`has ${ours.length} lines for the user`);
  }
  return passwd;
}

const SPEC: Spec = {
  ociVersion: "1.0.2",
  process: {
    user: { uid: 0, gid: 0, additionalGids: [1, 2] },
    cwd: "/",
    args: ["sh"],
    env: ["PATH=/bin", "HOME=/root"],
    capabilities: { bounding: ["CAP_KILL", "CAP_CHOWN"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"] },
    rlimits: [{ type: "RLIMIT_NOFILE", soft: 1024, hard: 1024 }],
    noNewPrivileges: false,
  },
  root: { path: "rootfs", readonly: false },
  mounts: [
    { destination: "/proc", type: "proc", source: "proc", options: ["nosuid"] },
    { destination: "/dev/pts", type: "devpts", source: "devpts", options: ["gid=5"] },
    { destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro"] },
    { destination: "/data", type: "bind", source: "/srv", options: ["rbind", "rw"] },
  ],
  hooks: { prestart: [{ path: "/bin/true", args: ["true"], env: ["A=1"] }] },
  annotations: { a: "b" },
  linux: {
    namespaces: [{ type: "mount" }, { type: "network", path: "/run/netns/a" }],
    resources: { devices: [{ allow: false, access: "rwm" }], memory: { limit: 1 }, pids: { limit: 7 } },
    seccomp: {
      defaultAction: "SCMP_ACT_ERRNO",
      architectures: ["SCMP_ARCH_X86_64"],
      syscalls: [
        { names: ["read", "mount"], action: "SCMP_ACT_ALLOW" },
        {
          names: ["clone"],
          action: "SCMP_ACT_ALLOW",
          args: [{ index: 0, op: "SCMP_CMP_MASKED_EQ", value: 1, valueTwo: 0 }],
        },
      ],
    },
    sysctl: { "net.ipv4.ping_group_range": "0 0" },
    maskedPaths: ["/proc/kcore"],
    readonlyPaths: ["/proc/sys"],
    cgroupsPath: "/a/b",
  },
};

const PROCESS = { ...SPEC.process!, terminal: true };

const MARK = { pid: 7, startTime: 9, pidNamespace: "pid:[1]", bootId: "b" };
const HOLDER = {
  id: "c",
  lease: "web",
  name: "web",
  groupName: "web",
  uid: 63404,
  gid: 63404,
  phase: "attached",
  claimer: MARK,
  init: MARK,
  cgroups: ["/sys/fs/cgroup/a"],
  runtime: { path: "/usr/bin/crun", root: "/run/crun", id: "c" },
  releases: [
    { kind: "remove", base: "/run", path: "/run/web", links: ["/run/x"] },
    { kind: "removeIpc", uid: 63404, gid: 63404 },
  ],
  createdAt: "2026-01-01T00:00:00Z",
};
