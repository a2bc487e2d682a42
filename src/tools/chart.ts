import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { version } from "../../package.json";

/*
 * The Helm chart, made of the manifests that kustomize reads: the same objects, with values in place of what an
 * administrator may choose.
 */

const SOURCE = "examples/kubernetes";
const CHART = `${SOURCE}/chart`;
const NAMESPACE = "dynuser";

interface Kustomization {
  readonly resources: readonly string[];
  readonly configMapGenerator: readonly { readonly name: string; readonly files: readonly string[] }[];
}

/** Values of the chart, by the variable of the installer that each of them sets. */
const VALUES: Readonly<Record<string, string>> = {
  ACTION: "action",
  ENGINE: "engine",
  RUNTIME: "runtime",
  RESTART: "restart",
};

const IMAGE = /(image: )(.*)/;

/** `path → text` of the chart's files. */
export function chartFiles(root: string): ReadonlyMap<string, string> {
  const read = (name: string) => readFileSync(join(root, SOURCE, name), "utf8");
  const { resources, configMapGenerator } = parse(read("kustomization.yaml")) as Kustomization;
  // Helm makes the namespace.
  const manifests = resources.filter((name) => name !== "namespace.yaml");
  const [{ name, files }] = configMapGenerator as [Kustomization["configMapGenerator"][number]];
  return new Map([
    [`${CHART}/Chart.yaml`, CHART_FILE],
    [`${CHART}/values.yaml`, valuesFile(read("daemonset.yaml"))],
    ...manifests.map((manifest) => [`${CHART}/templates/${manifest}`, toTemplate(read(manifest))] as const),
    [`${CHART}/templates/configmap.yaml`, configMap(name, files)],
    ...files.map((file) => [`${CHART}/files/${file}`, read(file)] as const),
  ]);
}

const CHART_FILE = `# Written by src/tools/chart.ts.
apiVersion: v2
name: dynuser
description: RuntimeClass, installer and admission policy of dynuser
type: application
version: ${version}
appVersion: ${version}
`;

function valuesFile(daemonset: string): string {
  const [, , image] = IMAGE.exec(daemonset)!;
  const lines = Object.entries(VALUES).map(
    ([variable, name]) => `${name}: ${variablePattern(variable).exec(daemonset)![2]}`,
  );
  return `# Written by src/tools/chart.ts; daemonset.yaml describes the values.\nimage: ${image}\n${lines.join("\n")}\n`;
}

function variablePattern(name: string): RegExp {
  return new RegExp(`(- name: ${name}\n +value: )(.*)`);
}

function toTemplate(manifest: string): string {
  const withImage = manifest.replace(IMAGE, "$1{{ .Values.image | quote }}");
  const withValues = Object.entries(VALUES).reduce(
    (text, [variable, name]) => text.replace(variablePattern(variable), `$1{{ .Values.${name} | quote }}`),
    withImage,
  );
  return withValues.replaceAll(`namespace: ${NAMESPACE}\n`, "namespace: {{ .Release.Namespace }}\n");
}

function configMap(name: string, files: readonly string[]): string {
  const data = files.map((file) => `  ${file}: |\n{{ .Files.Get "files/${file}" | indent 4 }}\n`);
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
  namespace: {{ .Release.Namespace }}
data:
${data.join("")}`;
}
