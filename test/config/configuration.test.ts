import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { completeConfiguration, hasDefaultProfile } from "../../src/config/configuration.ts";
import { parseConfiguration } from "../../src/config/parse.ts";
import type { UserErrors } from "../../src/errors.ts";

function read(text: string) {
  return completeConfiguration(parseConfiguration(text, "c.yaml"));
}

function problems(text: string): readonly string[] {
  try {
    parseConfiguration(text, "c.yaml");
  } catch (error) {
    return (error as UserErrors).problems;
  }
  return [];
}

test("without a configured policy it depends on the engine", () => {
  for (const text of ["", "# nothing\n", "engines: {}", "engines: {podman: {}}"]) {
    const { podman, docker, kubernetes, other } = read(text);
    assert.equal([podman.policy, docker.policy, kubernetes.policy, other.policy], ["safe", "safe", "tenant", "all"]);
    assert.is(podman.staticUsers, false);
    assert.is(podman.defaultProfile, undefined);
  }
});

test("reads what is written, per engine", () => {
  const { podman, docker } = read(`
engines:
  podman: { policy: [BindPaths, DynamicUser], staticUsers: yes, profiles: [web, db], volumes: [/srv/a] }
  docker: { policy: tighten, defaultProfile: web, maxima: { LimitNOFILE: 0100, StateDirectory: [a, b] }, runtimeAnnotations: [run.oci.x] }
`);
  const nothing = { maxima: {}, runtimeAnnotations: [], volumes: ["/srv/a"] };
  const profiles = ["web", "db"];
  assert.equal(podman, { ...nothing, policy: ["BindPaths", "DynamicUser"], staticUsers: true, profiles });
  assert.equal(docker, {
    policy: "tighten",
    defaultProfile: "web",
    profiles: [],
    staticUsers: false,
    maxima: { LimitNOFILE: ["0100"], StateDirectory: ["a", "b"] },
    runtimeAnnotations: ["run.oci.x"],
    volumes: [],
  });
});

test("reads what holds for pods", () => {
  assert.equal(read("").pods, { retention: "infinity" });
  const { pods } = read("pods: { owner: 2000, fixedUids: 2000000000-2099999999, retention: 30d }");
  assert.equal(pods, { owner: 2000, fixedUids: { first: 2000000000, last: 2099999999 }, retention: "30d" });
  assert.match(problems("pods: { owner: 0 }")[0]!, 'found pods.owner: "0"');
});

test("every mistake is reported with its line", () => {
  const found = problems(`engines:
  podman:
    policy: strict
    staticUsers: perhaps
  lxc: {}
  docker:
    defaultProfile: ../x
    polcy: safe
    maxima:
      LimitNOFILE: {}
`);
  const lines = [...found].sort().map((line) => line.replace("cannot read the configuration: ", ""));
  assert.equal(lines, [
    `found engines.docker.defaultProfile: "../x", expected letters, digits and _.@-, beginning with a letter or digit (c.yaml:7)`,
    `found engines.docker.maxima.LimitNOFILE: {}, expected a text or a list of texts (c.yaml:10)`,
    `found engines.podman.policy: "strict", expected all, safe, tenant, tighten or a list of directives (c.yaml:3)`,
    `found engines.podman.staticUsers: "perhaps", expected yes, no, true, false (c.yaml:4)`,
    `found unknown key "engines.docker.polcy", did you mean policy? (c.yaml:8)`,
    `found unknown key "engines.lxc" (c.yaml:5)`,
  ]);
});

test("what is no YAML, or no map, is reported with its line", () => {
  assert.match(problems("engines:\n  podman: {\n")[0]!, /c\.yaml:[23]\)$/);
  assert.match(problems("engines:\n  podman: {}\n  podman: {}\n")[0]!, "(c.yaml:3)");
  assert.match(problems("- a\n")[0]!, "c.yaml:1");
});

for (const [what, text, expected] of [
  ["no default", "engines: {podman: {policy: all}} # defaultProfile\n", false],
  ["a default", "engines: {docker: {defaultProfile: web}}\n", true],
  ["a default written with an escape", 'engines: {docker: {"default\\x50rofile": web}}\n', true],
  ["an unknown key", "engines: {podman: {defaultProfle: web}}\n", undefined],
  ["no end", "engines: {podman: {\n", undefined],
] as const) {
  test(`a copy of a configuration with ${what} is ${expected === false ? "" : "not "}left for libexec/dynuser`, async () => {
    const directory = mkdtempSync(join(tmpdir(), "dynuser-configuration-"));
    try {
      const [path, cache] = [join(directory, "config.yaml"), join(directory, "cache")];
      const copy = join(cache, "harmless.yaml");
      writeFileSync(path, text);
      for (const place of [undefined, cache, cache]) {
        assert.is(await hasDefaultProfile(place, path).catch(() => undefined), expected);
      }
      assert.is(existsSync(copy) ? readFileSync(copy, "utf8") : undefined, expected === false ? text : undefined);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
}

test.run();
