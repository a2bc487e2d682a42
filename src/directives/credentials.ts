import type { Credential } from "../action.ts";
import { type Directive, directive, type Effect, type Value } from "../directive.ts";
import type { Change } from "../edit.ts";
import type { Context } from "../plan.ts";
import {
  encryptedCredential,
  importedCredentials,
  loadedCredential,
  writtenCredential,
} from "../values/credentials.ts";

const DEVIATION =
  "the files lie in a tmpfs, which can be swapped out, and belong to the user, where systemd gives root's an access list; sockets are not read";

export const LoadCredential = credentials(
  "LoadCredential",
  "A secret from a file of the host",
  loadedCredential(false),
  "gives",
);
export const LoadCredentialEncrypted = credentials(
  "LoadCredentialEncrypted",
  "A secret from a file that systemd-creds(1) has encrypted for this host",
  loadedCredential(true),
  "gives",
);
export const ImportCredential = credentials(
  "ImportCredential",
  "All secrets of the host's stores that match a pattern",
  importedCredentials,
  "gives",
);
export const SetCredential = credentials(
  "SetCredential",
  "A secret that is written out, used if no other has its name",
  writtenCredential,
  "neutral",
);
export const SetCredentialEncrypted = credentials(
  "SetCredentialEncrypted",
  "A secret that is written out as systemd-creds(1) has encrypted it for this host",
  encryptedCredential,
  "gives",
);

/** The first that has a name decides (man systemd.exec, LoadCredential=); only the first with a value plans for all. */
const PRECEDENCE: readonly Directive<readonly Credential[]>[] = [
  LoadCredential,
  LoadCredentialEncrypted,
  ImportCredential,
  SetCredential,
  SetCredentialEncrypted,
];

function credentials(
  name: string,
  summary: string,
  value: Value<readonly Credential[]>,
  effect: Effect,
): Directive<readonly Credential[]> {
  return directive({
    name,
    summary,
    value,
    support: "partial",
    effect,
    deviation: DEVIATION,
    plan: (_, context) => {
      const first = PRECEDENCE.find((row) => context.service.get(row) !== undefined);
      return first?.name === name ? planCredentials(context) : [];
    },
  });
}

function* planCredentials(context: Context): Iterable<Change> {
  const { service, scope } = context;
  const path = directoryOf(context);
  const place = `/run/credentials/${scope.unit}`;
  const flags = { readOnly: true, noSuid: true, noDevices: true, noExec: true } as const;
  const all = PRECEDENCE.flatMap((row) => service.get(row) ?? []);
  yield { kind: "credentials", path, owner: ownerOf(context), credentials: all };
  yield { kind: "remove", path, links: [] };
  const options = ["strictatime", "mode=0755", "size=4m", "nr_inodes=1k"];
  yield { kind: "path", path: "/run/credentials", access: "tmpfs", ...flags, options };
  yield { kind: "path", path: place, access: "bind", source: path, sourceMade: true, recursive: false, ...flags };
  yield { kind: "environment", layer: "directories", variables: { CREDENTIALS_DIRECTORY: place } };
}

/** The copy of the host's mounts that a run shows parts of was made before the run's own directory. */
function directoryOf({ facts, scope }: Context): string {
  const isRun = facts.rootfs.hostPrefix !== "";
  return isRun ? `/run/dynuser/credentials/${scope.containerId}` : `${scope.directory}/credentials`;
}

function ownerOf({ identity, spec }: Context): { readonly uid: number; readonly gid: number } {
  const { uid, gid } = identity ?? spec.process?.user ?? { uid: 0, gid: 0 };
  return { uid, gid };
}
