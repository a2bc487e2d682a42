import { stringify } from "yaml";
import { podFieldsOf } from "./containerKeys.ts";
import type { Form } from "./form.ts";
import { secondsOf, type Translation } from "./translation.ts";

const RESTART_POLICIES = { no: "Never", "on-failure": "OnFailure", always: "Always" } as const;

/** The manifest of a pod with one container. */
export const kubernetes: Form = {
  engine: "kubernetes",
  suffix: ".pod.yaml",
  words: {
    limits: false,
    stopSignal: false,
    runTime: true,
    caller: false,
    workingDirectory: true,
    serviceSection: false,
  },
  format: (carried, image) => ({ text: formatKubernetes(carried, image), leftOut: leftOutOf(carried) }),
};

export function formatKubernetes(carried: Translation, image: string): string {
  const name = labelOf(carried.name);
  const fields = podFieldsOf(carried.keys);
  const manifest = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      annotations: Object.fromEntries([...carried.annotations].map(([key, value]) => [`dynuser/${key}`, value])),
    },
    spec: {
      runtimeClassName: "dynuser",
      restartPolicy: RESTART_POLICIES[carried.restart],
      ...(carried.network === "host" && { hostNetwork: true }),
      terminationGracePeriodSeconds: secondsOf(carried.stopSeconds),
      ...(carried.runSeconds !== undefined && { activeDeadlineSeconds: secondsOf(carried.runSeconds) }),
      ...podSecurity(carried),
      ...fields.pod,
      containers: [{ name, image, ...containerOf(carried), ...fields.container }],
      ...volumesOf(carried),
    },
  };
  // Kubernetes reads "yes" as a boolean, which YAML 1.2 no longer does.
  return stringify(manifest, { version: "1.1", lineWidth: 0 });
}

function containerOf({ command, args, environment, volumes, capabilities, workingDirectory }: Translation) {
  const variables = Object.entries(environment).map(([name, value]) => ({ name, value: literally(value) }));
  const mounts = volumes.map(({ path, options }, index) => ({
    name: `volume-${index}`,
    mountPath: path,
    readOnly: options.includes("ro"),
  }));
  return {
    ...(command !== undefined && { command: command.map(literally) }),
    ...(args !== undefined && { args: args.map(literally) }),
    ...(workingDirectory !== undefined && { workingDir: workingDirectory }),
    ...(variables.length > 0 && { env: variables }),
    ...(capabilities.length > 0 && { securityContext: { capabilities: { add: capabilities } } }),
    ...(mounts.length > 0 && { volumeMounts: mounts }),
  };
}

/** The kubelet replaces `$(NAME)`. */
function literally(text: string): string {
  return text.replaceAll("$(", "$$$$(");
}

function volumesOf({ volumes }: Translation) {
  const list = volumes.map(({ source }, index) => ({
    name: `volume-${index}`,
    ...(source.startsWith("/")
      ? { hostPath: { path: source } }
      : { persistentVolumeClaim: { claimName: labelOf(source) } }),
  }));
  return list.length === 0 ? {} : { volumes: list };
}

/** Kubernetes knows users and groups by number only. */
function podSecurity({ user = "", groups }: Translation) {
  const [uid = "", gid = ""] = user.split(":");
  const numbers = groups.filter(isNumber).map(Number);
  const context = {
    ...(isNumber(uid) && { runAsUser: Number(uid) }),
    ...(isNumber(gid) && { runAsGroup: Number(gid) }),
    ...(numbers.length > 0 && { supplementalGroups: numbers }),
  };
  return Object.keys(context).length === 0 ? {} : { securityContext: context };
}

function leftOutOf({ user = "", groups, isNotifying, network, keys }: Translation): readonly string[] {
  const [uid = "", gid = ""] = user.split(":");
  const unknown = (directive: string, name: string, field: string) =>
    name === "" || isNumber(name)
      ? []
      : [`${directive}=${name}: Kubernetes takes numbers only, set ${field} or USER of the image`];
  return [
    ...unknown("User", uid, "runAsUser"),
    ...unknown("Group", gid, "runAsGroup"),
    ...groups.flatMap((name) => unknown("SupplementaryGroups", name, "supplementalGroups")),
    ...(isNotifying ? ["Type=notify: Kubernetes asks by a readinessProbe"] : []),
    ...podFieldsOf(keys).unknown.map(({ key, value }) => `${key}=${value}: Kubernetes has no word for it here`),
    ...(["host", "none", "default"].includes(network) ? [] : [`the network ${network}: a pod has that of its cluster`]),
  ];
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}

/** RFC 1123. */
function labelOf(name: string): string {
  const label = name.toLowerCase().replace(/[^a-z0-9-]/g, "-");
  return label.replace(/^-+|-+$/g, "").slice(0, 63) || "service";
}
