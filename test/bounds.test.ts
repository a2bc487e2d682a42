import { test } from "uvu";
import * as assert from "uvu/assert";
import { DIRECTIVES } from "../src/directives/index.gen.ts";
import { problemsOf } from "../src/errors.ts";
import { type Policy, refuseBeyond } from "../src/policy.ts";
import { refuseRuntimeControl } from "../src/runtimeAnnotations.ts";
import type { Service } from "../src/service.ts";
import { readFlag } from "../src/sources/flags.ts";
import { readService } from "../src/sources/read.ts";
import { specifiersOf } from "../src/values/specifiers.ts";

interface Case {
  readonly policy?: Policy;
  readonly maxima?: Readonly<Record<string, string>>;
  readonly profile?: readonly string[];
  readonly asked: readonly string[];
}

function read(settings: readonly string[]): Service {
  const specifiers = specifiersOf("web.service", () => "host");
  return readService(settings.map(readFlag), { directives: DIRECTIVES, specifiers }).service;
}

/** The directives that are refused. */
function refused({ policy = "safe", maxima = {}, profile = [], asked }: Case): readonly string[] {
  const most = Object.entries(maxima).map(([name, value]) => `${name}=${value}`);
  const rules = { policy, maxima: Object.fromEntries(Object.entries(maxima).map(([name, value]) => [name, [value]])) };
  const service = read([...profile, ...asked]);
  try {
    refuseBeyond({ rules, service, profile: read(profile), most: read(most) }, "podman");
    return [];
  } catch (error) {
    return problemsOf(error)!.map((problem) => /^cannot take (\w+)= from an annotation/.exec(problem)![1]!);
  }
}

const WITHIN: readonly Case[] = [
  { maxima: { LimitNOFILE: "4096" }, asked: ["LimitNOFILE=1024:4096"] },
  { maxima: { LimitNOFILE: "4096" }, asked: [] },
  {
    maxima: { MemoryMax: "1G", TasksMax: "50%", CPUQuota: "150%" },
    asked: ["MemoryMax=512M", "TasksMax=10%", "CPUQuota=150%"],
  },
  { maxima: { LimitNOFILE: "4096" }, profile: ["LimitNOFILE=1024"], asked: ["LimitNOFILE=4096"] },
  { maxima: { StateDirectory: "pods" }, asked: ["StateDirectory=pods/a:pods/b"] },
  { maxima: { ProtectHome: "read-only" }, asked: ["ProtectHome=yes"] },
  { profile: ["ProtectSystem=full"], asked: ["ProtectSystem=strict"] },
  { profile: ["ReadOnlyPaths=/a"], asked: ["ReadOnlyPaths=/b"] },
  { profile: ["RestrictNamespaces=net"], asked: ["RestrictNamespaces=yes"] },
  { profile: ["ProtectSystem=strict"], policy: "all", asked: ["ProtectSystem=no"] },
  { profile: ["ProtectSystem=strict"], policy: ["ProtectSystem"], asked: ["ProtectSystem=no"] },
  { profile: ["Environment=A=1"], asked: ["Environment=A=2"] },
];

for (const one of WITHIN) {
  test(`${JSON.stringify(one)} is within what is allowed`, () => assert.equal(refused(one), []));
}

const BEYOND: readonly (Case & { readonly names: readonly string[] })[] = [
  { maxima: { LimitNOFILE: "4096" }, asked: ["LimitNOFILE=4097"], names: ["LimitNOFILE"] },
  { maxima: { LimitNOFILE: "4096" }, policy: "all", asked: ["LimitNOFILE=infinity"], names: ["LimitNOFILE"] },
  { maxima: { MemoryMax: "1G" }, asked: ["MemoryMax=50%"], names: ["MemoryMax"] },
  { maxima: { TasksMax: "100" }, asked: ["TasksMax=infinity"], names: ["TasksMax"] },
  { maxima: { StateDirectory: "pods" }, asked: ["StateDirectory=podsx"], names: ["StateDirectory"] },
  { maxima: { StateDirectory: "pods" }, asked: ["StateDirectory=pods/a:b"], names: ["StateDirectory"] },
  { maxima: { ProtectHome: "read-only" }, asked: ["ProtectHome=no"], names: ["ProtectHome"] },
  { profile: ["ProtectSystem=strict"], asked: ["ProtectSystem=full"], names: ["ProtectSystem"] },
  { profile: ["ProtectSystem=strict"], asked: ["ProtectSystem="], names: ["ProtectSystem"] },
  { profile: ["InaccessiblePaths=/a"], asked: ["InaccessiblePaths="], names: ["InaccessiblePaths"] },
  { profile: ["LimitNOFILE=1024"], asked: ["LimitNOFILE=1025"], names: ["LimitNOFILE"] },
  { profile: ["SystemCallFilter=@basic-io"], asked: ["SystemCallFilter=mount"], names: ["SystemCallFilter"] },
  { profile: ["RestrictNamespaces=net"], asked: ["RestrictNamespaces=user"], names: ["RestrictNamespaces"] },
];

for (const { names, ...one } of BEYOND) {
  test(`${JSON.stringify(one)} is refused`, () => assert.equal(refused(one), names));
}

test("a throw-away user that the profile gives stays, with all that it brings", () => {
  const found = refused({ profile: ["DynamicUser=yes"], asked: ["DynamicUser=no"] });
  assert.ok(found.includes("DynamicUser") && found.includes("ProtectSystem") && found.includes("NoNewPrivileges"));
});

test("annotations that tell the runtime to do otherwise are refused, those of engines and the allowed ones pass", () => {
  const undoing = [
    "run.oci.seccomp_bpf_data",
    "run.oci.hooks.stdout",
    "run.oci.handler",
    "run.oci.keep_original_groups",
    "run.oci.some_later_one",
    "org.systemd.property.ExecStopPost",
    "org.systemd.property.MemoryMax",
    "org.criu.config",
    "module.wasm.image/variant",
  ];
  const harmless = ["org.systemd.property.KillSignal", "run.oci.mount_context_type", "io.podman.annotations.init", "a"];
  const annotations = Object.fromEntries([...undoing, ...harmless].map((key) => [key, "1"]));
  try {
    refuseRuntimeControl(annotations, ["run.oci.handler"], "podman");
    assert.unreachable();
  } catch (error) {
    const keys = problemsOf(error)!.map((problem) => /annotation "([^"]+)"/.exec(problem)![1]);
    assert.equal(
      keys,
      undoing.filter((key) => key !== "run.oci.handler"),
    );
  }
});

test.run();
