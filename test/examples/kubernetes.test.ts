import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { evaluate } from "cel-js";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse, parseAllDocuments } from "yaml";
import { parseConfiguration } from "../../src/config/parse.ts";
import { allows } from "../../src/config/policy.ts";
import { DIRECTIVES } from "../../src/directives/index.gen.ts";
import { readAnnotations } from "../../src/engine/request/annotations.ts";
import { readProfile } from "../../src/settings/profile.ts";

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
  const others = ["Containerfile", "README.md", "chart", "demo.yaml", "kustomization.yaml"];
  assert.equal([...named, ...others].sort(), readdirSync(DIRECTORY).sort());
  const volumes = find("DaemonSet").spec.template.spec.volumes as readonly {
    readonly configMap?: { readonly name: string };
  }[];
  assert.is(volumes.find(({ configMap }) => configMap)?.configMap?.name, configMapGenerator[0]?.name);
});

test("no role names a resource, because kustomize renames what it generates and the references to it", () => {
  const roles = manifestsOf("rbac.yaml").filter(({ kind }) => /Role$/.test(kind));
  assert.equal(
    roles.map(({ kind }) => kind),
    ["ClusterRole"],
  );
  assert.not.match(text("rbac.yaml"), "resourceNames");
});

test("the installer's pod is ready when its work on the node is done", () => {
  const [container] = find("DaemonSet").spec.template.spec.containers;
  assert.equal(container.readinessProbe.exec.command, ["test", "-e", "/tmp/ready"]);
  assert.match(text("install.sh"), "READY:-/tmp/ready");
  assert.equal(
    container.env.find(({ name }: { readonly name: string }) => name === "ACTION"),
    { name: "ACTION", value: "stay" },
  );
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

test("configuration, profile and the demonstration's annotations can be read", async () => {
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
  for (const name of names) assert.ok(allows(rules, DIRECTIVES.get(name)!), name);
});

/** What Helm makes of a template of this chart, which calls two functions. */
function render(name: string, values: Readonly<Record<string, string>>): string {
  return text(`chart/templates/${name}`)
    .replaceAll(/\{\{ \.Values\.(\w+) \| quote \}\}/g, (_, value: string) => JSON.stringify(values[value]))
    .replaceAll("{{ .Release.Namespace }}", "dynuser")
    .replaceAll(/\{\{ \.Files\.Get "([^"]+)" \| indent 4 \}\}/g, (_, file: string) =>
      text(`chart/${file}`).replaceAll(/^/gm, "    ").trimEnd(),
    );
}

test("the Helm chart has the objects of the Kustomization, but for the namespace, which Helm makes", async () => {
  const values = parse(text("chart/values.yaml"));
  const rendered = (name: string) =>
    parseAllDocuments(render(name, values)).map((document) => document.toJS() as Manifest);
  const { resources, configMapGenerator } = parse(text("kustomization.yaml"));
  const names = (resources as readonly string[]).filter((name) => name !== "namespace.yaml");
  assert.equal(readdirSync(join(DIRECTORY, "chart/templates")).sort(), [...names, "configmap.yaml"].sort());
  for (const name of names) {
    assert.equal(rendered(name), manifestsOf(name), name);
    assert.not.match(render(name, values), "{{");
  }
  const [map] = rendered("configmap.yaml") as unknown as readonly { readonly data: Record<string, string> }[];
  await validate(map as unknown as Manifest);
  assert.equal(map!.data, Object.fromEntries(configMapGenerator[0].files.map((file: string) => [file, text(file)])));
});

test.run();
