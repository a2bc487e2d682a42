import { stringify } from "yaml";
import { composeMembersOf } from "./containerKeys.ts";
import type { Form } from "./form.ts";
import { podman } from "./podman.ts";
import { secondsOf, type Translation, type Ulimit, type Volume } from "./translation.ts";

/** A file of Compose with one service, for Docker with dynuser as `runtime configure --engine docker` registers it. */
export const compose: Form = {
  engine: "docker",
  suffix: ".compose.yaml",
  words: { ...podman.words, runTime: false },
  format: (carried, image) => ({
    text: formatCompose(carried, image),
    leftOut: [
      ...(carried.isNotifying ? ["Type=notify: Compose asks by a healthcheck"] : []),
      ...composeMembersOf(carried.keys).unknown.map(({ key, value }) => `${key}=${value}: Compose has no word for it`),
    ],
  }),
};

export function formatCompose(carried: Translation, image: string): string {
  const { user, restart, stopSignal, workingDirectory, network } = carried;
  const service = {
    image,
    container_name: carried.name,
    runtime: "dynuser",
    ...networkOf(network),
    ...(user !== undefined && { user }),
    ...listOf("group_add", carried.groups),
    ...listOf("cap_add", carried.capabilities),
    restart,
    ...(stopSignal !== undefined && { stop_signal: String(stopSignal) }),
    stop_grace_period: `${secondsOf(carried.stopSeconds)}s`,
    ...(workingDirectory !== undefined && { working_dir: workingDirectory }),
    ...listOf("env_file", carried.environmentFiles),
    ...listOf("environment", variablesOf(carried)),
    ...ulimitsOf(carried.ulimits),
    ...listOf("volumes", carried.volumes.map(volumeOf)),
    ...composeMembersOf(carried.keys).members,
    annotations: Object.fromEntries([...carried.annotations].map(([key, value]) => [`dynuser/${key}`, value])),
    ...(carried.command !== undefined && { entrypoint: carried.command, command: [] }),
    ...(carried.args !== undefined && { command: carried.args }),
  };
  const networks = "networks" in service ? { networks: { [network]: { external: true } } } : {};
  return stringify(literally({ services: { [carried.name]: service }, ...networks }), { version: "1.1", lineWidth: 0 });
}

function networkOf(network: string) {
  if (network === "default") return {};
  return network === "host" || network === "none" ? { network_mode: network } : { networks: [network] };
}

function listOf(key: string, values: readonly unknown[]) {
  return values.length === 0 ? {} : { [key]: values };
}

function variablesOf({ environment, passed }: Translation): readonly string[] {
  return [...Object.entries(environment).map(([name, value]) => `${name}=${value}`), ...passed];
}

function ulimitsOf(ulimits: readonly Ulimit[]) {
  const entries = ulimits.map(({ name, soft, hard }) => [name, { soft: Number(soft), hard: Number(hard) }] as const);
  return entries.length === 0 ? {} : { ulimits: Object.fromEntries(entries) };
}

function volumeOf({ source, path, options }: Volume): string {
  const access = options.filter((option) => option === "ro" || option === "rw");
  return [source, path, ...access].join(":");
}

/** Compose replaces `$NAME` in every string. */
function literally<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, one: unknown) =>
    typeof one === "string" ? one.replaceAll("$", "$$$$") : one,
  ) as T;
}
