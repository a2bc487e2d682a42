import type { Carried } from "./carry.ts";
import { annotationOf, RUNTIME, volumeOf } from "./podman.ts";

/** A `.container` file of podman-systemd.unit(5); other sections than [Service] stay as they are. */
export function formatQuadlet(
  carried: Carried,
  image: string,
  sections: ReadonlyMap<string, readonly string[]>,
): string {
  const { name, network, binds, argv, annotations, isNotifying, restart, stopSignal, stopSeconds, runSeconds } =
    carried;
  const container = [
    `Image=${image}`,
    `ContainerName=${name}`,
    `GlobalArgs=--runtime=${RUNTIME}`,
    `Network=${network}`,
    ...binds.map((bind) => `Volume=${escapeSpecifiers(volumeOf(bind))}`),
    ...[...annotations].map(([key, value]) => `Annotation=${quoteWord(annotationOf(key, value))}`),
    ...(isNotifying ? ["Notify=yes"] : []),
    ...(stopSeconds === undefined ? [] : [`PodmanArgs=--stop-timeout=${stopSeconds}`]),
    ...(stopSignal === undefined ? [] : [`PodmanArgs=--stop-signal=${stopSignal}`]),
    ...(argv.length === 0 ? [] : [`Exec=${argv.map(quoteWord).join(" ")}`]),
  ];
  const service = [
    ...(restart === "no" ? [] : [`Restart=${restart}`]),
    ...(stopSeconds === undefined ? [] : [`TimeoutStopSec=${stopSeconds}`]),
    ...(runSeconds === undefined ? [] : [`RuntimeMaxSec=${runSeconds}`]),
  ];
  return [
    formatSection("Unit", sections.get("Unit") ?? []),
    formatSection("Container", container),
    formatSection("Service", service),
    formatSection("Install", sections.get("Install") ?? []),
  ]
    .filter(Boolean)
    .join("\n");
}

function formatSection(name: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `[${name}]\n${lines.join("\n")}\n`;
}

/** One word of a unit file, whatever is in it. */
function quoteWord(word: string): string {
  const escaped = escapeSpecifiers(word);
  if (/^[A-Za-z0-9_./:=@%,+-]+$/.test(escaped)) return escaped;
  return `"${escaped.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n").replaceAll("$", "$$$$")}"`;
}

/** systemd would replace them before podman sees them. */
function escapeSpecifiers(text: string): string {
  return text.replaceAll("%", "%%");
}
