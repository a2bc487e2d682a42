import { SERVICE_DIRECTORIES } from "../directives/execDirectories.ts";
import type { Service, Storage } from "../model/directive.ts";
import { HOST_STORAGE } from "../model/plan.ts";
import { isAtOrBelow } from "../values/within.ts";
import type { ContainerRequest } from "./request/request.ts";

/** Below /run, /var/lib, /var/cache, /var/log; no directory of the host has this name. */
export const ENGINE_DIRECTORY = "dynuser-containers";

/**
 * The names of /var/lib and its like mean something to the host's programs, so what annotations name lies below a directory
 * of the engine, where its containers find it again. What a profile names, and with policy `all` or a maximum what
 * annotations name, are the host's directories, shared with systemd and `dynuser run`.
 * @param profile the administrator's profile alone
 * @param key the container's, for directories that are removed with it
 */
export function engineStorage(
  { engine, rules }: Pick<ContainerRequest, "engine" | "rules">,
  service: Service,
  profile: Service,
  key: string,
): Storage | undefined {
  const shared = SERVICE_DIRECTORIES.map(({ row }) => {
    const isListed = rules.policy === "all" || Object.hasOwn(rules.maxima, row.name);
    return [row.name, (isListed ? service : profile).get(row)?.map(({ source }) => source) ?? []] as const;
  });
  const storage = {
    prefix: `${ENGINE_DIRECTORY}/${engine}/`,
    runtimePrefix: `${ENGINE_DIRECTORY}/${key}/`,
    owner: HOST_STORAGE.owner,
    shared: Object.fromEntries(shared),
  };
  // as many as the profile's may be others: an empty annotation takes those of the profile out of the list
  const isAllShared = SERVICE_DIRECTORIES.every(({ row }) =>
    (service.get(row) ?? []).every(({ source }) => isAtOrBelow(source, storage.shared[row.name]!)),
  );
  return isAllShared ? undefined : storage;
}
