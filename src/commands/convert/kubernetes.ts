import { stringify } from "yaml";
import type { Carried } from "./carry.ts";

const RESTART_POLICIES = { no: "Never", "on-failure": "OnFailure", always: "Always" } as const;

/** The manifest of a pod with one container. */
export function formatKubernetes(carried: Carried, image: string): string {
  const { annotations, argv, binds, network, restart, stopSeconds, runSeconds } = carried;
  const name = labelOf(carried.name);
  const mounts = binds.map((bind, index) => ({ ...bind, volume: `bind-${index}` }));
  const manifest = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      annotations: Object.fromEntries([...annotations].map(([key, value]) => [`dynuser/${key}`, value])),
    },
    spec: {
      runtimeClassName: "dynuser",
      restartPolicy: RESTART_POLICIES[restart],
      ...(network === "host" && { hostNetwork: true }),
      ...(stopSeconds !== undefined && { terminationGracePeriodSeconds: stopSeconds }),
      ...(runSeconds !== undefined && { activeDeadlineSeconds: runSeconds }),
      containers: [
        {
          name,
          image,
          ...(argv.length > 0 && { command: argv }),
          ...(mounts.length > 0 && {
            volumeMounts: mounts.map(({ volume, path, readOnly }) => ({ name: volume, mountPath: path, readOnly })),
          }),
        },
      ],
      ...(mounts.length > 0 && {
        volumes: mounts.map(({ volume, source }) => ({ name: volume, hostPath: { path: source } })),
      }),
    },
  };
  // Kubernetes reads "yes" as a boolean, which YAML 1.2 no longer does.
  return stringify(manifest, { version: "1.1", lineWidth: 0 });
}

/** RFC 1123. */
function labelOf(name: string): string {
  const label = name.toLowerCase().replace(/[^a-z0-9-]/g, "-");
  return label.replace(/^-+|-+$/g, "").slice(0, 63) || "service";
}
