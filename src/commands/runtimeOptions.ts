import type { Option } from "./options.ts";

export const RUNTIME_OPTIONS = [
  { name: "engine", argument: "ENGINE", summary: "containerd, crio, docker or podman" },
  { name: "runtime", argument: "NAME", summary: "crun or runc, which is to run the containers (default: runc)" },
  { name: "name", argument: "NAME", summary: "what the engine is to call it (default: dynuser)" },
  { name: "default", summary: "run containers with it that name no runtime" },
  { name: "config", argument: "FILE", summary: "the engine's configuration, if it is not in the usual place" },
  { name: "dry-run", summary: "show what would change, and change nothing" },
] as const satisfies readonly Option[];
