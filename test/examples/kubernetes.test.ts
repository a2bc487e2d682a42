import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { evaluate } from "cel-js";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse, parseAllDocuments } from "yaml";
import { DIRECTIVES } from "../../src/directives/index.gen.ts";
import { parseConfiguration } from "../../src/host/configurationFile.ts";
import { admits } from "../../src/policy.ts";
import { readAnnotations } from "../../src/sources/annotations.ts";
import { readProfile } from "../../src/sources/profile.ts";

const DIRECTORY = join(import.meta.dirname, "../../examples/kubernetes");
const MANIFESTS = ["namespace", "rbac", "runtimeclass", "daemonset", "policy", "demo"].map((name) => `${name}.yaml`);

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  // biome-ignore lint/suspicious/noExplicitAny: each kind has another one
  readonly spec: any;
}

const text = (name: string) => readFileSync(join(DIRECTORY, name), "utf8");
const manifestsOf = (name: string): readonly Manifest[] =>
  parseAllDocuments(text(name)).map((document) => document.toJS() as Manifest);
const find = (kind: string): Manifest => MANIFESTS.flatMap(manifestsOf).find((manifest) => manifest.kind === kind)!;

/** @throws where Kubernetes' own schema of the kind says so */
async function validate(manifest: Manifest): Promise<void> {
  const models = await import(`kubernetes-models/${manifest.apiVersion}`);
  const { default: classes = models } = models;
  assert.type(classes[manifest.kind], "function", manifest.kind);
  new classes[manifest.kind](manifest).validate();
}

for (const name of MANIFESTS) {
  test(`${name} is as the schemas of Kubernetes want it`, async () => {
    for (const manifest of manifestsOf(name)) await validate(manifest);
  });
}

test("the schema check would find a mistake", async () => {
  const manifest = find("DaemonSet");
  const broken = structuredClone(manifest);
  broken.spec.template.spec.containers[0].securityContext.privileged = "yes";
  const error = await validate(broken).then(() => "", String);
  assert.match(error, "privileged must be boolean");
});

test("the Kustomization names every file of the installation, and no other", () => {
  const { resources, configMapGenerator } = parse(text("kustomization.yaml")) as {
    readonly resources: readonly string[];
    readonly configMapGenerator: readonly { readonly name: string; readonly files: readonly string[] }[];
  };
  const named = [...resources, ...configMapGenerator.flatMap(({ files }) => files)];
  const others = ["Containerfile", "README.md", "demo.yaml", "kustomization.yaml"];
  assert.equal([...named, ...others].sort(), readdirSync(DIRECTORY).sort());
  const volumes = find("DaemonSet").spec.template.spec.volumes as readonly {
    readonly configMap?: { readonly name: string };
  }[];
  assert.is(volumes.find(({ configMap }) => configMap)?.configMap?.name, configMapGenerator[0]?.name);
});

test("pods of the class go where the installer has labelled the node", () => {
  const { scheduling, handler } = find("RuntimeClass") as unknown as { scheduling: object; handler: string };
  assert.equal(scheduling, { nodeSelector: { "dynuser/ready": "yes" } });
  assert.match(text("install.sh"), "LABEL=dynuser/ready\n");
  assert.is(handler, "dynuser");
});

test("the policy lets pods of the class in and no others", () => {
  const { expression } = find("ValidatingAdmissionPolicy").spec.validations[0];
  const admitted = (spec: object) => evaluate(expression, { object: { spec } });
  assert.is(admitted({ runtimeClassName: "dynuser", containers: [] }), true);
  assert.is(admitted({ runtimeClassName: "runc" }), false);
  assert.is(admitted({ containers: [] }), false);
  assert.is(find("ValidatingAdmissionPolicyBinding").spec.policyName, find("ValidatingAdmissionPolicy").metadata.name);
});

test("configuration, profile and the demonstration's annotations are ours to read", async () => {
  const { engines } = parseConfiguration(text("config.yaml"), "config.yaml");
  const profile = await readProfile(text("pod.yaml"), "pod.yaml");
  assert.equal(
    profile.map(({ name, value }) => `${name}=${value}`),
    ["DynamicUser=yes"],
  );
  const { annotations } = find("StatefulSet").spec.template.metadata;
  const rules = { policy: engines!.kubernetes!.policy!, maxima: {} };
  const names = readAnnotations(annotations, "count")!.settings.map(({ name }) => name);
  assert.equal(names, ["DynamicUser", "StateDirectory", "CacheDirectory"]);
  for (const name of names) assert.ok(admits(rules, DIRECTIVES.get(name)!), name);
});

test.run();
