import { type Directive, directive, type Scope, type Service } from "../model/directive.ts";
import type { PlannedChange } from "../model/edit.ts";
import { DIRECTORY_KINDS, type DirectoryKind } from "../values/directoryKinds.ts";
import { type DirectoryItem, directoryList } from "../values/directoryList.ts";
import { kindOfCaller } from "./directoryKind.ts";
import { planDirectories } from "./execDirectoryPlan.ts";

const NO_DEVICES = "device nodes in it cannot be opened";
const OWNERSHIP = `a dynamic user's directory that is owned by an older UID is changed once to the user nobody, where systemd changes it at each start; with a runtime without ID-mapped mounts the files on disk are owned by the user; ${NO_DEVICES}`;

export const RuntimeDirectory = directoryOf(DIRECTORY_KINDS.runtime);
export const StateDirectory = directoryOf(DIRECTORY_KINDS.state);
export const CacheDirectory = directoryOf(DIRECTORY_KINDS.cache);
export const LogsDirectory = directoryOf(DIRECTORY_KINDS.logs);
export const ConfigurationDirectory = directoryOf(DIRECTORY_KINDS.configuration);

/** The five rows with their kinds, in systemd's order. */
export const SERVICE_DIRECTORIES = [
  { row: RuntimeDirectory, kind: DIRECTORY_KINDS.runtime },
  { row: StateDirectory, kind: DIRECTORY_KINDS.state },
  { row: CacheDirectory, kind: DIRECTORY_KINDS.cache },
  { row: LogsDirectory, kind: DIRECTORY_KINDS.logs },
  { row: ConfigurationDirectory, kind: DIRECTORY_KINDS.configuration },
] as const satisfies readonly { readonly row: Directive<readonly DirectoryItem[]>; readonly kind: DirectoryKind }[];

/** Plain paths of all directories of a service. */
export function directoryPaths(service: Service, scope: Pick<Scope, "bases"> = {}): readonly string[] {
  return SERVICE_DIRECTORIES.flatMap(({ row, kind }) =>
    (service.get(row) ?? []).map(({ source }) => `${kindOfCaller(kind, scope).base}/${source}`),
  );
}

function directoryOf(kind: DirectoryKind): Directive<readonly DirectoryItem[]> {
  const isConfiguration = kind.lifetime === "configuration";
  return directive({
    name: kind.directive,
    summary: `Creates directories below ${kind.base} that belong to the service`,
    value: directoryList({ links: isConfiguration ? "no" : "yes" }),
    // The host's programs read what is in /etc.
    effect: isConfiguration ? "grants" : "directory",
    support: "partial",
    deviation: `${isConfiguration ? NO_DEVICES : OWNERSHIP}; a name with control characters is ignored`,
    appliesToPrivilegedCommands: true,
    makesDirectories: true,
    plan: (items, context): Iterable<PlannedChange> => planDirectories(kind, items, context),
  });
}
