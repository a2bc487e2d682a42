import { ExecSearchPath } from "../../directives/environment.ts";
import type { Rootfs } from "../../facts.ts";
import { SEARCH_PATH } from "../../host/baseSpec.ts";
import type { Service } from "../../service.ts";

/**
 * The program of a command, which systemd looks for in ExecSearchPath= or its own path (src/core/exec-invoke.c,
 * find_executable_full): where `PATH` is another one, low-level runtimes would look elsewhere.
 */
export function findProgram(file: string, service: Service, rootfs: Rootfs, path: string | undefined): string {
  const directories = service.get(ExecSearchPath) ?? SEARCH_PATH.split(":");
  if (file.includes("/") || path === directories.join(":")) return file;
  const places = directories.map((directory) => `${directory}/${file}`);
  return places.find((place) => rootfs.look(place).type === "file") ?? file;
}
