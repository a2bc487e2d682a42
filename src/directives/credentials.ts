import type { Credential } from "../model/action.ts";
import type { Context } from "../model/directive.ts";
import { type Directive, directive, type Value } from "../model/directive.ts";
import type { PlannedChange } from "../model/edit.ts";
import { STATE_DIRECTORY } from "../model/paths.ts";
import {
  encryptedCredential,
  importedCredentials,
  loadedCredential,
  writtenCredential,
} from "../values/credentials.ts";

const DEVIATION =
  "the files are in a tmpfs, which can be swapped out, and are owned by the service's user instead of by root with an ACL; credentials are not read from sockets";

export const LoadCredential = credentials(
  "LoadCredential",
  "Loads a credential from a file of the host",
  loadedCredential(false),
  "grants",
);
export const LoadCredentialEncrypted = credentials(
  "LoadCredentialEncrypted",
  "Loads a credential from a file encrypted by systemd-creds(1) for this host",
  loadedCredential(true),
  "grants",
);
export const ImportCredential = credentials(
  "ImportCredential",
  "Imports all credentials of the host's credential stores that match a pattern",
  importedCredentials,
  "grants",
);
export const SetCredential = credentials(
  "SetCredential",
  "Sets a credential to a literal value, unless it was loaded or imported",
  writtenCredential,
  "neutral",
  { secret: true },
);
export const SetCredentialEncrypted = credentials(
  "SetCredentialEncrypted",
  "Sets a credential to a literal value encrypted by systemd-creds(1) for this host",
  encryptedCredential,
  "grants",
  { secret: true },
);

/** In the order of precedence of systemd.exec(5), LoadCredential=; the first row with a value plans for all. */
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
  effect: "grants" | "neutral",
  more: { readonly secret?: true } = {},
): Directive<readonly Credential[]> {
  return directive({
    name,
    summary,
    value,
    support: "partial",
    effect,
    deviation: DEVIATION,
    appliesToPrivilegedCommands: true,
    ...more,
    plan: (_, context) => {
      const first = PRECEDENCE.find((row) => context.service.get(row) !== undefined);
      return first?.name === name ? planCredentials(context) : [];
    },
  });
}

function* planCredentials(context: Context): Iterable<PlannedChange> {
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

/** `dynuser run` copies the host's mounts before it creates the run's directory, so the copy does not show that one. */
function directoryOf({ facts, scope }: Context): string {
  const isRun = facts.rootfs.hostPrefix !== "";
  return isRun ? `${scope.own ?? STATE_DIRECTORY}/credentials/${scope.containerId}` : `${scope.directory}/credentials`;
}

function ownerOf({ identity, spec }: Context): { readonly uid: number; readonly gid: number } {
  const { uid, gid } = identity ?? spec.process?.user ?? { uid: 0, gid: 0 };
  return { uid, gid };
}
