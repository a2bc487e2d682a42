import { isWritable } from "../sys/files.ts";

/** Where everything of ours is that does not outlive a boot: of the host, or of the user who has containers without root. */
export function ownDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  return `${runDirectory(environment)}/dynuser`;
}

function runDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const own = environment["XDG_RUNTIME_DIR"] ?? "";
  return own.startsWith("/") && !isWritable("/run") ? own : "/run";
}

/** A container, named uniquely on this host by its runtime's state directory and its own name: `run:crun:ID`. */
export interface ContainerName {
  readonly runtimeName: string;
  /** The runtime's `--root`. */
  readonly root?: string;
  readonly id: string;
}

/** The same words as in libexec/dynuser, which finds the containers that we hold by this key. */
export function containerKey(
  { runtimeName, root, id }: ContainerName,
  environment: Readonly<Record<string, string | undefined>>,
  workingDirectory: string,
): string {
  const absolute = root ? (root.startsWith("/") ? root : `${workingDirectory}/${root}`) : defaultRoot();
  const names = absolute.split("/").filter((name) => name !== "" && name !== ".");
  return [...names, id].join(":");

  function defaultRoot(): string {
    return `${runDirectory(environment)}/${runtimeName}`;
  }
}
