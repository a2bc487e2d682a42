import type { Setting } from "../settings/setting.ts";
import type { Form, Sections } from "./form.ts";
import { podman, RUNTIME, ulimitOf, volumeOf } from "./podman.ts";
import { annotationOf, quoteForUnit } from "./quoting.ts";
import { secondsOf, type Translation } from "./translation.ts";

/** A `.container` file of podman-systemd.unit(5); other sections than [Service] stay as they are. */
export const quadlet: Form = {
  engine: "podman",
  suffix: ".container",
  words: { ...podman.words, serviceSection: true },
  format: (carried, image, sections) => ({ text: formatQuadlet(carried, image, sections), leftOut: [] }),
};

export function formatQuadlet(carried: Translation, image: string, sections: Sections): string {
  return [
    formatSection("Unit", sections.get("Unit") ?? []),
    formatSection("Container", containerLines(carried, image)),
    formatSection("Service", [...(carried.isOneshot ? ["Type=oneshot"] : []), ...carried.kept.map(serviceLine)]),
    formatSection("Install", sections.get("Install") ?? []),
  ]
    .filter(Boolean)
    .join("\n");
}

function containerLines(carried: Translation, image: string): readonly string[] {
  const { user = "", stopSignal, workingDirectory } = carried;
  const [program, ...args] = carried.command ?? [];
  const rest = carried.args ?? args;
  const [name, group] = user.split(":");
  const each = (key: string, values: readonly string[]) => values.map((value) => `${key}=${quoteForUnit(value)}`);
  const podmanArgs = [
    `--stop-timeout=${secondsOf(carried.stopSeconds)}`,
    ...(stopSignal === undefined ? [] : [`--stop-signal=${stopSignal}`]),
    ...carried.groups.map((one) => `--group-add=${one}`),
    ...carried.ulimits.map((limit) => `--ulimit=${ulimitOf(limit)}`),
    ...carried.passed.map((variable) => `--env=${variable}`),
    ...(workingDirectory === undefined ? [] : [`--workdir=${workingDirectory}`]),
    ...(program === undefined ? [] : [`--entrypoint=${program}`]),
  ];
  return [
    `Image=${image}`,
    `ContainerName=${carried.name}`,
    `GlobalArgs=--runtime=${RUNTIME}`,
    ...(carried.network === "default" ? [] : [`Network=${carried.network}`]),
    ...each("User", name === undefined || name === "" ? [] : [name]),
    ...each("Group", group === undefined ? [] : [group]),
    ...each(
      "AddCapability",
      carried.capabilities.map((capability) => `CAP_${capability}`),
    ),
    ...each("EnvironmentFile", carried.environmentFiles),
    ...each(
      "Environment",
      Object.entries(carried.environment).map(([key, value]) => `${key}=${value}`),
    ),
    ...each("Volume", carried.volumes.map(volumeOf)),
    ...carried.keys.map(({ key, value }) => `${key}=${value}`),
    ...each(
      "Annotation",
      [...carried.annotations].map(([key, value]) => annotationOf(key, value)),
    ),
    ...(carried.isNotifying ? ["Notify=yes"] : []),
    ...each("PodmanArgs", podmanArgs),
    ...(rest.length === 0 ? [] : [`Exec=${rest.map(quoteForUnit).join(" ")}`]),
  ];
}

function serviceLine({ name, value }: Setting): string {
  return `${name}=${value}`;
}

function formatSection(name: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `[${name}]\n${lines.join("\n")}\n`;
}
