import { fileVersionOf, statusOf } from "../sys/files/status.ts";
import { readProgram } from "../sys/process/process.ts";
import { isAtLeast } from "../values/version.ts";
import { memoize } from "./cache/resultCache.ts";
import { PLACES } from "./runtimePlaces.ts";

/**
 * Whether podman may copy annotations of an image to its containers. It does so before 4.6 (pkg/specgen/generate,
 * CompleteSpec); neither the runtime nor a hook receives its version, so every podman of this host has to be newer, and a
 * host without a podman at the fixed places counts as old.
 * @param cache dynuser's directory below /run
 */
export function mayCopyImageAnnotations(cache: string): boolean {
  const programs = PLACES.map((directory) => `${directory}/podman`).filter((path) => statusOf(path)?.isFile());
  const versions = programs.map((path) => memoize(cache)(["podman", fileVersionOf(path)], () => versionOf(path)));
  return versions.length === 0 || versions.some((version) => !isAtLeast(version, [4, 6]));
}

/** "0" for a program that prints no version. */
function versionOf(path: string): string {
  const { output } = readProgram(path, ["--version"], {});
  return /^podman version (\d+\.\d+(?:\.\d+)?)/.exec(output)?.[1] ?? "0";
}
