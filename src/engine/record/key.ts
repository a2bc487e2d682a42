import { isWritable } from "../../sys/files/files.ts";
import type { RuntimeName } from "../runtime/options.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where dynuser keeps what does not outlive a boot: the host's directory, or that of a user with rootless containers. */
export function stateDirectoryOf(environment: Environment): string {
  const own = environment["XDG_RUNTIME_DIR"] ?? "";
  return `${own.startsWith("/") && !isWritable("/run") ? own : "/run"}/dynuser`;
}

/** Of the process that calls a low-level runtime. */
export interface RuntimeUser {
  readonly environment: Environment;
  readonly uid: number;
  readonly isInUserNamespace: boolean;
}

/**
 * Where a low-level runtime keeps its containers without `--root` (crun: src/libcrun/status.c, get_run_directory; runc:
 * rootless_linux.go, shouldHonorXDGRuntimeDir).
 */
export function defaultRoot(runtime: RuntimeName, { environment, uid, isInUserNamespace }: RuntimeUser): string {
  const own = environment["XDG_RUNTIME_DIR"] ?? "";
  const isOwn = runtime === "crun" || uid !== 0 || (isInUserNamespace && environment["USER"] !== "root");
  return `${own !== "" && isOwn ? own : "/run"}/${runtime}`;
}

/**
 * A container's name among all of this host, `run:crun:ID`: only its runtime's directory distinguishes it from others of the
 * same ID.
 * @param root in the kernel's spelling
 */
export function containerKey(root: string, id: string): string {
  return [...root.slice(1).split("/"), id].join(":");
}
