import { SERVICE_DIRECTORIES } from "../../directives/execDirectories.ts";
import { canMap } from "../../directives/execDirectoryOwner.ts";
import { findVolume } from "../../directives/volumes.ts";
import { quote } from "../../errors.ts";
import type { Context } from "../../model/directive.ts";
import { CONFIGURATION_PATH } from "../../model/paths.ts";
import { ALL_KINDS } from "../../values/directoryKinds.ts";
import { isAtOrBelow } from "../../values/within.ts";
import type { ContainerRequest } from "../request/request.ts";
import { isEnginesVolume, takerOf } from "../volumes.ts";
import type { StartFacts, VolumeRecords } from "./check.ts";
import { isReadByHost } from "./hostNames.ts";

/** A volume at the path of a service's directory becomes the container's own, with all that is in it. */
export function* checkVolumes(request: ContainerRequest, context: Context, facts: StartFacts): Iterable<string> {
  for (const { row, kind } of SERVICE_DIRECTORIES) {
    for (const { source } of context.service.get(row) ?? []) {
      const volume = findVolume(`${kind.base}/${source}`, context);
      const reason = volume && reasonAgainst(volume.source, request, context, facts.volumes);
      if (reason !== undefined) yield `cannot take the volume ${quote(volume!.source)} for ${row.name}=: ${reason}`;
    }
  }
}

function reasonAgainst(
  path: string,
  request: ContainerRequest,
  context: Context,
  records: VolumeRecords | undefined,
): string | undefined {
  if (isOfSystem(path)) return "it is a directory of the host's system, expected one below /var, /srv or the like";
  if (isSharedUnmapped(path, context)) {
    return `it is on a network file system that cannot be ID-mapped, expected fixedUids in ${CONFIGURATION_PATH}`;
  }
  if (records === undefined || isGiven(path, request, records) || isFree(path, request, context, records)) {
    return undefined;
  }
  const { engine } = request;
  return `found neither a volume that ${engine} has made for it nor an empty directory, expected one of these, or a directory that is listed (engines.${engine}.volumes in ${CONFIGURATION_PATH})`;
}

const SYSTEM = ["/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/sbin", "/sys", "/usr"];

/** Root chowns a volume's files, which must not happen to a top-level or system directory whatever the policy says. */
function isOfSystem(path: string): boolean {
  const isTop = path.split("/").filter(Boolean).length < 2;
  return isTop || isAtOrBelow(path, SYSTEM);
}

/** Each node would chown the same files to a different user. */
function isSharedUnmapped(path: string, context: Context): boolean {
  const { facts, scope, identity } = context;
  if (identity === undefined || identity.uid === scope.storage?.fixedUid) return false;
  return !canMap(path, context) && facts.isNetworkFileSystem(path);
}

/** By the administrator, by the engine, or by an earlier container that found it free. */
function isGiven(path: string, request: ContainerRequest, records: VolumeRecords): boolean {
  const { policy, volumes } = request.rules;
  if (policy === "all" || isAtOrBelow(path, volumes)) return true;
  return isEnginesVolume(path, request, records) || records.takerOf(path) === takerOf(request);
}

/** An empty directory that the host does not use: a tenant may name any directory of the host. */
function isFree(path: string, { pod }: ContainerRequest, { facts }: Context, records: VolumeRecords): boolean {
  if (isHosts(path) || (pod !== undefined && facts.host.look(path).uid !== 0)) return false;
  return records.isEmpty(path);
}

/** In addition to the names that programs of the host read below /run, /var/lib and their like. */
const HOSTS = ["/root", "/var/mail", "/var/spool"];

function isHosts(path: string): boolean {
  if (isAtOrBelow(path, HOSTS)) return true;
  return ALL_KINDS.some(({ base }) => path.startsWith(`${base}/`) && isReadByHost(path.slice(base.length + 1)));
}
