import { dirname, resolve } from "node:path";
import { quote, UserError } from "../../../errors.ts";
import type { Found } from "../../../facts.ts";
import { rootfsTree } from "../../../host/tree.ts";
import { parseJson } from "../../../oci/json.ts";
import type { Spec } from "../../../oci/spec.ts";
import { openTrusted, using } from "../../../sys/directory.ts";
import { readLink, statusOf, tryReadText } from "../../../sys/files.ts";
import { readLimitedBelow } from "../../../sys/readLimited.ts";
import { hasCode } from "../../../sys/system.ts";
import { walkTree } from "../../../sys/tree.ts";
import type { Area } from "../finding.ts";
import { entryPoint } from "./entryPoint.ts";
import { setIdPrograms } from "./setIdPrograms.ts";
import { startUser } from "./startUser.ts";
import { workingDirectory } from "./workingDirectory.ts";

/** An image, or a bundle made from one, as far as the doctor looks at it. */
export interface Image {
  /** What it starts; undefined for a tree alone. */
  readonly command: readonly string[] | undefined;
  readonly cwd: string;
  /** The value of PATH in the container. */
  readonly searchPath: string;
  /** As the config has it: a number, a name, or both with a group. */
  readonly user: string | undefined;
  /** What is there in the tree, links followed in it. */
  look(path: string): Found;
  /** The beginning of a file; undefined for none, and for one that is no text. */
  read(path: string): string | undefined;
  /** Paths of set-user-ID and set-group-ID programs. */
  findSetId(): readonly string[];
}

export const IMAGE_AREAS: readonly Area<Image>[] = [startUser, entryPoint, workingDirectory, setIdPrograms];

/** @throws UserError for what is neither a tree, nor a bundle, nor a config */
export function readImage(operands: readonly string[]): Image {
  const [place, ...others] = operands;
  if (place === undefined || others.length > 0) {
    throw new UserError("cannot look at an image: expected one directory or config.json after dynuser doctor image");
  }
  const status = statusOf(resolve(place));
  if (status === undefined) throw new UserError(`cannot look at ${quote(place)}: found nothing there`);
  if (!status.isDirectory()) return readConfigured(resolve(place));
  const config = `${resolve(place)}/config.json`;
  return statusOf(config) === undefined ? imageOf(resolve(place), {}) : readConfigured(config);
}

/** The config of an image (image-spec, config.md), as far as it says how to start it. */
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
    ? new UserError(`cannot read ${quote(path)}: ${(error as NodeJS.ErrnoException).code}`)
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
    // A program of the machine's own is too long, or no text.
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
