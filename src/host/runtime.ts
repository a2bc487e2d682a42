import { UserError } from "../errors.ts";
import type { RuntimeFacts } from "../facts.ts";
import { makeDirectory, replaceFile, statusOf, tryReadText } from "../sys/files.ts";
import { readProgram } from "../sys/process.ts";
import { isAtLeast } from "../values/version.ts";

/** Fixed places: what an environment variable says is never believed. */
export const PLACES = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/bin", "/sbin"] as const;
const PREFERRED = ["crun", "runc"] as const;

/**
 * The low-level runtime and what it can do, asked once per binary.
 * @param wanted an absolute path or a name; absent: the first of crun and runc that is installed
 * @param cache directory of ours below /run
 * @throws UserError when there is none
 */
export function findRuntime(wanted: string | undefined, cache: string): RuntimeFacts {
  const path = locate(wanted);
  const { ino, mtimeMs, size } = statusOf(path)!;
  const key = `${cache}/runtime-${ino}-${mtimeMs}-${size}.json`;
  const known = readKnown(key, path);
  if (known !== undefined) return known;
  const facts = probe(path);
  makeDirectory(cache, 0o755);
  replaceFile(key, JSON.stringify(facts), 0o644);
  return facts;
}

function locate(wanted: string | undefined): string {
  if (wanted?.includes("/")) {
    if (statusOf(wanted)?.isFile()) return wanted;
    throw new UserError(
      `cannot find the runtime: found nothing at ${JSON.stringify(wanted)}, expected a program (--runtime)`,
    );
  }
  for (const name of wanted === undefined ? PREFERRED : [wanted]) {
    const place = PLACES.find((directory) => statusOf(`${directory}/${name}`)?.isFile());
    if (place !== undefined) return `${place}/${name}`;
  }
  throw new UserError(
    `cannot find ${wanted ?? "crun or runc"}: looked in ${PLACES.join(", ")}; install one (apt-get install crun) or name it with --runtime`,
  );
}

function readKnown(key: string, path: string): RuntimeFacts | undefined {
  const text = tryReadText(key);
  if (text === undefined) return undefined;
  try {
    const facts = JSON.parse(text) as RuntimeFacts;
    return facts.path === path ? facts : undefined;
  } catch {
    return undefined;
  }
}

function probe(path: string): RuntimeFacts {
  const { output } = readProgram(path, ["--version"], {});
  const match = /^(crun|runc) version (\d+\.\d+(?:\.\d+)?)/.exec(output);
  const name = (match?.[1] ?? "other") as RuntimeFacts["name"];
  const version = match?.[2] ?? "";
  return { path, name, version, idMappedMounts: mapsIds(path, name, version) };
}

/**
 * runc before 1.2 ignores the mappings of a mount without a word; crun had `features` only from 1.8.6 on, understands
 * them since 1.8.1, and 1.22 alone refuses them without a user namespace.
 */
function mapsIds(path: string, name: RuntimeFacts["name"], version: string): boolean {
  if (name === "crun" && /^1\.22(\.|$)/.test(version)) return false;
  const { code, output } = readProgram(path, ["features"], {});
  const features = code === 0 ? (JSON.parse(output) as Features) : undefined;
  const answer = features?.linux?.mountExtensions?.idmap?.enabled;
  return answer ?? (name === "crun" && isAtLeast(version, [1, 8, 1]));
}

interface Features {
  readonly linux?: { readonly mountExtensions?: { readonly idmap?: { readonly enabled?: boolean } } };
}
