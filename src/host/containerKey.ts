import { isWritable } from "../sys/files.ts";

/** Where everything of ours is that does not outlive a boot: of the host, or of the user who has containers without root. */
export function ownDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  return `${runDirectory(environment)}/dynuser`;
}

function runDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const own = environment["XDG_RUNTIME_DIR"] ?? "";
  return own.startsWith("/") && !isWritable("/run") ? own : "/run";
}

/** The directory where a low-level runtime keeps its containers, in one spelling. */
export function stateRoot(
  runtimeName: string,
  option: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  workingDirectory: string,
): string {
  const root = option ? resolveFrom(workingDirectory, option) : `${runDirectory(environment)}/${runtimeName}`;
  return `/${root.split("/").filter(isName).join("/")}`;
}

function resolveFrom(directory: string, path: string): string {
  return path.startsWith("/") ? path : `${directory}/${path}`;
}

function isName(text: string): boolean {
  return text !== "" && text !== ".";
}

/**
 * A container's name among all of this host, `run:crun:ID`: only its runtime's directory tells it from others of the
 * same ID. libexec/dynuser finds the containers that we hold by the same words.
 */
export function containerKey(root: string, id: string): string {
  return [...root.slice(1).split("/"), id].join(":");
}
