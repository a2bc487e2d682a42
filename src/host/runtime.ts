import { UserError } from "../errors.ts";
import type { Library, RuntimeFacts } from "../model/facts.ts";
import { recallLasting, remember } from "../sys/files/cacheFile.ts";
import { fileVersionOf, statusOf } from "../sys/files/status.ts";
import { readProgram } from "../sys/process/process.ts";
import { isAtLeast } from "../values/version.ts";
import { PLACES } from "./runtimePlaces.ts";

const PREFERRED = ["crun", "runc"] as const;

/**
 * The low-level runtime and what it can do, asked once per binary.
 * @param wanted an absolute path or a name; absent: the first of crun and runc that is installed
 * @param cache dynuser's directory below /run
 * @throws UserError when there is none
 */
export function findRuntime(wanted: string | undefined, cache: string): RuntimeFacts {
  return factsOf(locate(wanted), cache);
}

/** As `findRuntime`; undefined where it is not installed. */
export function findInstalled(name: string, cache: string): RuntimeFacts | undefined {
  const path = programPath(name);
  return path === undefined ? undefined : factsOf(path, cache);
}

function factsOf(path: string, cache: string): RuntimeFacts {
  const file = `${cache}/runtime-${fileVersionOf(path)}-${fileVersionOf(LOADER_CACHE)}.json`;
  const { libseccompPath, ...facts } = readKnown(file, path) ?? probeOnce(path, file);
  return { ...facts, libseccomp: libraryAt(libseccompPath) };
}

/** What is asked of the binary; the library beside it may be another one before the next start. */
interface Probed extends Omit<RuntimeFacts, "libseccomp"> {
  readonly libseccompPath?: string | undefined;
}

/** Where the dynamic loader notes which library is where (ld.so(8)). */
const LOADER_CACHE = "/etc/ld.so.cache";

function libraryAt(path: string | undefined): Library | undefined {
  return path === undefined ? undefined : { path, edition: fileVersionOf(path) };
}

function probeOnce(path: string, file: string): Probed {
  const facts = probe(path);
  remember(file, facts);
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
    const path = programPath(name);
    if (path !== undefined) return path;
  }
  throw new UserError(
    `cannot find ${wanted ?? "crun or runc"}: looked in ${PLACES.slice(0, 5).join(", ")} and elsewhere; name another with --runtime, or install crun (dynuser doctor prints the command)`,
  );
}

function programPath(name: string): string | undefined {
  return PLACES.map((directory) => `${directory}/${name}`).find((path) => statusOf(path)?.isFile());
}

function readKnown(file: string, path: string): Probed | undefined {
  const facts = recallLasting<Probed>(file);
  return facts?.path === path ? facts : undefined;
}

function probe(path: string): Probed {
  const { output } = readProgram(path, ["--version"], {});
  const match = /^(crun|runc) version (\d+\.\d+(?:\.\d+)?)/.exec(output);
  const name = (match?.[1] ?? "other") as RuntimeFacts["name"];
  const version = match?.[2] ?? "";
  const idMappedMounts = mapsIds(path, name, version);
  return { path, name, version, idMappedMounts, libseccompPath: name === "crun" ? findLibseccomp(path) : undefined };
}

/** What the loader would load (LD_TRACE_LOADED_OBJECTS of ld.so(8)); a static crun may have a later one in it. */
function findLibseccomp(path: string): string | undefined {
  const { output } = readProgram(path, ["--version"], { LD_TRACE_LOADED_OBJECTS: "1" });
  return /^\s*libseccomp\.so\.2 => (\/\S+) \(0x/m.exec(output)?.[1];
}

/**
 * runc before 1.2 ignores the mappings of a mount without a word; crun had `features` only from 1.8.6 on, understands
 * them since 1.8.1, and 1.22 alone refuses them without a user namespace.
 */
function mapsIds(path: string, name: RuntimeFacts["name"], version: string): boolean {
  if (name === "crun" && /^1\.22(\.|$)/.test(version)) return false;
  const { code, output } = readProgram(path, ["features"], {});
  const features = code === 0 ? parseFeatures(output, path) : undefined;
  const answer = features?.linux?.mountExtensions?.idmap?.enabled;
  return answer ?? (name === "crun" && isAtLeast(version, [1, 8, 1]));
}

/** @throws UserError for a program that is no OCI runtime */
function parseFeatures(output: string, path: string): Features {
  try {
    return JSON.parse(output) as Features;
  } catch {
    throw new UserError(
      `cannot use the runtime ${JSON.stringify(path)}: found a program that answers "features" without JSON, expected crun or runc (--runtime)`,
    );
  }
}

interface Features {
  readonly linux?: { readonly mountExtensions?: { readonly idmap?: { readonly enabled?: boolean } } };
}
