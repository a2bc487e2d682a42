import { basename, dirname } from "node:path";
import { quote, UserError } from "../../errors.ts";
import type { Credential, CredentialsAction } from "../../model/action.ts";
import { Mismatch } from "../../sys/failure.ts";
import { makeDirectory, openTrusted, pin, setMode, setOwner, using } from "../../sys/files/directory.ts";
import { matchPaths } from "../../sys/files/glob.ts";
import { readBytes } from "../../sys/files/readLimited.ts";
import { removeTree } from "../../sys/files/removeTree.ts";
import { statusOf } from "../../sys/files/status.ts";
import { createFile } from "../../sys/files/write.ts";
import { decrypt } from "./decryption.ts";
import { makeParents, type Undo } from "./undo.ts";

/** CREDENTIALS_TOTAL_SIZE_MAX, names included. */
const MOST_BYTES = 1024 * 1024;

/** Where credentials of the host are kept, in the order they are looked for (src/core/exec-credential.c). */
const STORES = [
  "/run/credentials/@system",
  "/etc/credstore",
  "/run/credstore",
  "/usr/local/lib/credstore",
  "/usr/lib/credstore",
];
const ENCRYPTED_STORES = STORES.map((store) => `${store}.encrypted`);

/** @throws UserError when one cannot be found or all of them are too large */
export function makeCredentials(action: CredentialsAction, undos: Undo[]): void {
  const { path, owner, credentials } = action;
  const found = collect(credentials);
  using(makeParents("/", path.slice(1), undos), (parent) => {
    const name = basename(path);
    if (!makeDirectory(parent, name, 0o700)) throw new Mismatch("something there", "nothing");
    undos.push({
      what: `remove ${path}`,
      run: () => using(openTrusted(dirname(path)), (top) => removeTree(top, name)),
    });
    using(pin(parent, name), (directory) => {
      for (const [file, bytes] of found) {
        createFile(`${path}/${file}`, bytes, 0o400);
        using(pin(directory, file), (one) => setOwner(one, owner.uid, owner.gid));
      }
      setOwner(directory, owner.uid, owner.gid);
      setMode(directory, 0o500);
    });
  });
}

function collect(credentials: readonly Credential[]): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  let total = 0;
  for (const credential of credentials) {
    const isDefined = credentials.some(({ name, from }) => from.kind === "text" && name === credential.name);
    for (const [name, bytes] of filesOf(credential, isDefined)) {
      if (found.has(name)) continue;
      total += bytes.length + name.length;
      if (total > MOST_BYTES) throw new Mismatch(`more than ${MOST_BYTES} bytes of credentials`, "less");
      found.set(name, bytes);
    }
  }
  return found;
}

type File = readonly [name: string, bytes: Uint8Array];

/** `isDefined`: SetCredential= says what it is where there is none. */
function filesOf({ name, encrypted, from }: Credential, isDefined: boolean): readonly File[] {
  switch (from.kind) {
    case "text": {
      const bytes = Buffer.from(from.base64, "base64");
      return [[name, encrypted ? decrypt(name, bytes) : bytes]];
    }
    case "path":
      return loaded(name, from.path, encrypted, isDefined);
    case "stored": {
      const place = storesFor(encrypted)
        .map((store) => `${store}/${name}`)
        .find((path) => statusOf(path) !== undefined);
      // What no store has is no error (src/core/exec-credential.c, load_credential).
      return place === undefined ? [] : loaded(name, place, encrypted, isDefined);
    }
    case "pattern":
      return imported(name, from.pattern, from.renamed);
  }
}

function storesFor(encrypted: boolean): readonly string[] {
  return encrypted ? [...ENCRYPTED_STORES, ...STORES] : STORES;
}

/** A file, or each file of a directory as NAME_FILE, those of directories below too. */
function loaded(name: string, path: string, encrypted: boolean, isDefined: boolean): readonly File[] {
  const status = statusOf(path);
  if (status === undefined && isDefined) return [];
  if (status === undefined) {
    throw new UserError(`cannot load the credential ${name}: found nothing at ${quote(path)} on the host`);
  }
  if (status.isDirectory()) {
    return matchPaths(`${path.replace(/[*?[\\]/g, "\\$&")}/*`).flatMap((file) =>
      loaded(`${name}_${basename(file)}`, file, encrypted, false),
    );
  }
  const bytes = readBytes(path, MOST_BYTES);
  return [[name, encrypted ? decrypt(name, bytes) : bytes]];
}

/** Nothing that matches is no error. */
function imported(name: string, pattern: string, renamed: boolean): readonly File[] {
  const fixed = pattern.replace(/[*?[\\].*$/s, "");
  const rename = (file: string) => (renamed ? name + file.slice(fixed.length) : file);
  const plain = STORES.flatMap((store) => matchPaths(`${store}/${pattern}`));
  const secret = ENCRYPTED_STORES.flatMap((store) => matchPaths(`${store}/${pattern}`));
  return [
    ...plain.map((path) => [rename(basename(path)), readBytes(path, MOST_BYTES)] as const),
    ...secret.map((path) => [rename(basename(path)), decrypt(basename(path), readBytes(path, MOST_BYTES))] as const),
  ];
}
