import { test } from "uvu";
import * as assert from "uvu/assert";
import { beyondMaxima, beyondProfile, type Policy } from "../../../src/config/policy.ts";
import { DIRECTIVES } from "../../../src/directives/index.gen.ts";
import { controllingAnnotations } from "../../../src/engine/policy/runtimeAnnotations.ts";
import type { Service } from "../../../src/model/directive.ts";
import { readFlag } from "../../../src/settings/flags.ts";
import { readService } from "../../../src/settings/read.ts";
import { specifiersOf } from "../../../src/values/specifiers.ts";

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
  return [...beyondMaxima(rules, service, read(most)), ...beyondProfile(rules, service, read(profile))];
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
  { profile: ["MemoryLimit=1G"], asked: ["MemoryMax=512M"] },
  { profile: ["TemporaryFileSystem=/data:ro"], asked: ["TemporaryFileSystem=/cache"] },
  { profile: ["RestrictNamespaces=net"], asked: ["RestrictNamespaces=yes"] },
  { profile: ["ProtectSystem=strict"], policy: "all", asked: ["ProtectSystem=no"] },
  { profile: ["ProtectSystem=strict"], policy: ["ProtectSystem"], asked: ["ProtectSystem=no"] },
  { profile: ["Environment=A=1"], asked: ["Environment=A=2"] },
  { profile: ["RestrictSUIDSGID=yes"], asked: ["DynamicUser=yes"] },
  { profile: ["ProtectHome=no"], asked: ["DynamicUser=yes"] },
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
  { profile: ["MemoryLimit=1G"], asked: ["MemoryMax=2G"], names: ["MemoryMax"] },
  { profile: ["TemporaryFileSystem=/data:ro"], asked: ["TemporaryFileSystem="], names: ["TemporaryFileSystem"] },
  { profile: ["SystemCallLog=@mount"], asked: ["SystemCallLog="], names: ["SystemCallLog"] },
  { profile: ["SystemCallFilter=@basic-io"], asked: ["SystemCallFilter=mount"], names: ["SystemCallFilter"] },
  { profile: ["RestrictNamespaces=net"], asked: ["RestrictNamespaces=user"], names: ["RestrictNamespaces"] },
  {
    profile: ["DynamicUser=yes", "RestrictSUIDSGID=yes"],
    asked: ["RestrictSUIDSGID="],
    names: ["RestrictSUIDSGID"],
  },
  {
    profile: ["DynamicUser=yes", "RestrictSUIDSGID=yes"],
    asked: ["RestrictSUIDSGID=no"],
    names: ["RestrictSUIDSGID"],
  },
];

for (const { names, ...one } of BEYOND) {
  test(`${JSON.stringify(one)} is refused`, () => assert.equal(refused(one), names));
}

test("a throw-away user that the profile gives stays, with all that it brings", () => {
  const found = refused({ profile: ["DynamicUser=yes"], asked: ["DynamicUser=no"] });
  assert.ok(found.includes("DynamicUser") && found.includes("ProtectSystem") && found.includes("NoNewPrivileges"));
});

test("annotations that make the runtime deviate are found, those of engines and the allowed ones are not", () => {
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
  assert.equal(
    controllingAnnotations(annotations, ["run.oci.handler"]),
    undoing.filter((key) => key !== "run.oci.handler"),
  );
});

test.run();
