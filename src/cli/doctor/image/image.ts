import { dirname, resolve } from "node:path";
import { quote, UserError } from "../../../errors.ts";
import { rootfsTree } from "../../../host/tree.ts";
import type { PathStatus } from "../../../model/facts.ts";
import { parseJson } from "../../../oci/json.ts";
import type { Spec } from "../../../oci/spec.ts";
import { reasonText } from "../../../sys/failure.ts";
import { openTrusted, using } from "../../../sys/files/directory.ts";
import { readLink, tryReadText } from "../../../sys/files/files.ts";
import { readLimitedBelow } from "../../../sys/files/readLimited.ts";
import { statusOf } from "../../../sys/files/status.ts";
import { walkTree } from "../../../sys/files/tree.ts";
import { hasCode } from "../../../sys/kernel/system.ts";

/** An image, or a bundle made from one, as probes read it. */
export interface Image {
  /** Its command; undefined for a directory without a config. */
  readonly command: readonly string[] | undefined;
  readonly cwd: string;
  /** The value of PATH in the container. */
  readonly searchPath: string;
  /** As in the config: a number or a name, possibly with a group. */
  readonly user: string | undefined;
  /** The file at a path of the image; links are followed inside the image. */
  look(path: string): PathStatus;
  /** The beginning of a text file; undefined for other files. */
  read(path: string): string | undefined;
  /** Paths of set-user-ID and set-group-ID programs. */
  findSetId(): readonly string[];
}

/** @throws UserError for a path that is no directory, bundle or config */
export function readImage(place: string): Image {
  const status = statusOf(resolve(place));
  if (status === undefined) throw new UserError(`cannot look at ${quote(place)}: found nothing there`);
  if (!status.isDirectory()) return readConfigured(resolve(place));
  const config = `${resolve(place)}/config.json`;
  return statusOf(config) === undefined ? imageOf(resolve(place), {}) : readConfigured(config);
}

/** The members of an image's config (image-spec, config.md) that describe its start. */
interface ImageConfig {
  readonly config?: {
    readonly User?: string;
    readonly Entrypoint?: readonly string[] | null;
    readonly Cmd?: readonly string[] | null;
    readonly Env?: readonly string[] | null;
    readonly WorkingDir?: string;
  };
}

function readConfigured(path: string): Image {
  const written = parseObject(path);
  const rootfs = resolve(dirname(path), (written as Spec).root?.path ?? "rootfs");
  if (!statusOf(rootfs)?.isDirectory()) {
    throw new UserError(
      `cannot look at ${quote(path)}: found no tree at ${quote(rootfs)}, expected the image's files there`,
    );
  }
  return imageOf(rootfs, "config" in written ? startOfImage(written as ImageConfig) : startOfBundle(written as Spec));
}

function parseObject(path: string): object {
  try {
    const value = parseJson(tryReadText(path) ?? "");
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw unreadable(path, error);
  }
  throw new UserError(`cannot read ${quote(path)}: found no JSON object, expected a config.json`);
}

function unreadable(path: string, error: unknown): unknown {
  return hasCode(error, "EACCES", "EISDIR", "EIO")
    ? new UserError(`cannot read ${quote(path)}: ${reasonText(error)}`)
    : error;
}

interface Start {
  readonly command?: readonly string[];
  readonly cwd?: string | undefined;
  readonly env?: readonly string[];
  readonly user?: string | undefined;
}

function startOfImage({ config = {} }: ImageConfig): Start {
  const command = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  return { command, cwd: config.WorkingDir, env: config.Env ?? [], user: config.User ?? "0" };
}

function startOfBundle({ process }: Spec): Start {
  if (process === undefined) return {};
  return { command: process.args ?? [], cwd: process.cwd, env: process.env ?? [], user: String(process.user.uid) };
}

const SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const MOST_BYTES = 1 << 16;

function imageOf(rootfs: string, { command, cwd, env = [], user }: Start): Image {
  const { look } = rootfsTree(rootfs);
  return {
    command,
    cwd: cwd || "/",
    searchPath: env.find((entry) => entry.startsWith("PATH="))?.slice("PATH=".length) ?? SEARCH_PATH,
    user,
    look,
    read: (path) => readText(rootfs, path),
    findSetId: () => findSetId(rootfs),
  };
}

function readText(rootfs: string, path: string): string | undefined {
  try {
    return readLimitedBelow(rootfs, path, MOST_BYTES);
  } catch (error) {
    // A binary program is too long, or no text.
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Never follows a link, never leaves the file system. */
function findSetId(rootfs: string): readonly string[] {
  const found: string[] = [];
  using(openTrusted(rootfs), (top) =>
    walkTree(top, (directory, name, { type, mode }) => {
      if (type !== "file" || (mode & 0o6000) === 0 || (mode & 0o111) === 0) return;
      found.push(`${readLink(`/proc/self/fd/${directory}`)}/${name}`.slice(rootfs.length));
    }),
  );
  return found.sort();
}
