import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { makeRandom } from "../random.ts";
import { BUNDLES, makeVector } from "./argumentVectors.ts";

/*
 * In a test host: NAME PROGRAM SCRIPT COUNT SEED. Each random vector goes through the real script, whose binary refuses
 * everything; what the script leaves to its binary goes through the real judgement, and what that lets pass to the real
 * runtime. On a tmpfs with strictatime the access times show what the runtime has read. Without a preparation it may read no
 * config that asks and no held container's state; after one, only the config that this call has prepared, with a dynamic user
 * in it, or for exec a process of the held container's user. A container that is deleted must be released. All configs are
 * such that the runtime ends once it has read one. Prints one line for each difference, and the counts.
 */

const [name = "", program = "", script = "", count = "0", seed = "1"] = process.argv.slice(2);
const { prepareRuntimeCall } = await import("../../../src/engine/runtime/prepare.ts");
const { ownClient } = await import("../../../src/sys/process/client.ts");

const top = join(process.cwd(), "top");
const called = join(process.cwd(), "called");
/** The process that asks lives as long as the trial; this one has no parent in its PID namespace. */
const CLIENT = { ...ownClient(), parent: process.pid };
const random = makeRandom(Number(seed));

/** crun ends without mounts, or for the architecture, and runc for the architecture. */
const ASKING = JSON.stringify({
  ociVersion: "1.0.0",
  process: { cwd: "/", user: { uid: 0, gid: 0 }, args: ["true"] },
  root: { path: "rootfs" },
  annotations: { "dynuser/DynamicUser": "yes", "dynuser/Name": "web" },
  linux: { seccomp: { defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_NOPE"] } },
});
const PLAIN = '{"ociVersion": "1.0.0"}';

/** Returns the configs that ask. */
function writeBundles(): readonly string[] {
  return Object.entries(BUNDLES).flatMap(([bundle, isAsking]) => {
    mkdirSync(join(top, bundle, "rootfs"), { recursive: true });
    const paths = ["config.json", "own.json"].map((file) => join(top, bundle, file));
    for (const path of paths) writeFileSync(path, isAsking ? ASKING : PLAIN);
    return isAsking ? paths : [];
  });
}

function writeHeld(): readonly string[] {
  const directory = `/run/${name}/held`;
  const record = `/run/dynuser/containers/run:${name}:held`;
  mkdirSync(directory, { recursive: true });
  mkdirSync(record, { recursive: true });
  symlinkSync(directory, `${record}/runtime`);
  const process = { cwd: "/", user: { uid: 63404, gid: 63404 }, args: ["true"], noNewPrivileges: true };
  writeFileSync(
    `${record}/process.json`,
    JSON.stringify({ before: { ...process, user: { uid: 0, gid: 0 } }, after: process }),
  );
  writeFileSync(`${record}/limits.json`, '{"pids.limit": "5"}');
  return ["status", "state.json"].map((file) => {
    writeFileSync(join(directory, file), "{");
    return join(directory, file);
  });
}

const configs = writeBundles();
const watched = [...configs, ...writeHeld()];
/** What only the caller has open, see argumentVectors.ts. */
const opened = { bundle: openSync(join(top, "asking"), "r"), root: openSync(`/run/${name}`, "r") };

function readBy(command: string, words: readonly string[]): readonly string[] {
  for (const path of watched) utimesSync(path, 0, statSync(path).mtimeMs / 1000);
  spawnSync(command, words, { cwd: top, stdio: [opened.bundle, "ignore", "ignore", opened.root], timeout: 20_000 });
  return watched.filter((path) => existsSync(path) && statSync(path).atimeMs > 0);
}

/** What `quoteForShell` has quoted. */
function unquote(line: string): readonly string[] {
  return [...line.matchAll(/'((?:[^']|'\\'')*)'/g)].map(([, word = ""]) => word.replaceAll("'\\''", "'"));
}

const counts = { "passed by the script": 0, refused: 0, untouched: 0, canonical: 0, prepared: 0, deleted: 0 };

/** Differences of one vector. */
async function tryVector(words: readonly string[]): Promise<readonly string[]> {
  rmSync(called, { force: true });
  const passed = readBy(script, words);
  if (words.includes("delete")) return judgeDelete();
  if (!existsSync(called)) {
    counts["passed by the script"] += 1;
    return passed;
  }
  const { status, line = "" } = await prepareRuntimeCall(["--runtime", program, "--", ...words], CLIENT);
  if (status === 125) counts.refused += 1;
  if (status === 124) counts.untouched += 1;
  if (status === 125) return [];
  const [, ...canonical] = unquote(line);
  // an update that changes no limit has nothing to be read from a file
  const ofHeld = canonical.some((word) => word.includes("=/run/dynuser/containers/") || word === "update");
  const made = configs.filter((path) => readFileSync(path, "utf8") !== ASKING);
  const isPrepared = ofHeld || made.length > 0;
  if (status === 0) counts[isPrepared ? "prepared" : "canonical"] += 1;
  const read = readBy(program, status === 0 ? canonical : words);
  if (!isPrepared) return read;
  const wrong = ofHeld ? foreignProcesses(canonical) : read.filter((path) => !made.includes(path) || !isDynamic(path));
  startAgain();
  return wrong;
}

/** A deleted container's user is free again; whatever the script did not take for a delete of it has left it there. */
function judgeDelete(): readonly string[] {
  const isGone = !existsSync(`/run/${name}/held`);
  if (!isGone) return [];
  counts.deleted += 1;
  const calls = existsSync(called) ? readFileSync(called, "utf8") : "";
  startAgain();
  return /^release run:/m.test(calls) ? [] : ["a container that was deleted and not released"];
}

function isDynamic(path: string): boolean {
  const { uid } = JSON.parse(readFileSync(path, "utf8")).process.user;
  return uid >= 61184 && uid <= 65519;
}

/** Process files of an exec that are not the held container's user. */
function foreignProcesses(words: readonly string[]): string[] {
  const files = words.flatMap((word) => /^--process=(.*)$/.exec(word)?.[1] ?? []);
  const isOwn = (file: string) => {
    const { user, noNewPrivileges } = JSON.parse(readFileSync(file, "utf8"));
    return user.uid === 63404 && user.gid === 63404 && noNewPrivileges === true;
  };
  return files.filter((file) => !isOwn(file));
}

/** As before the first vector: nothing claimed, nothing prepared. */
function startAgain(): void {
  for (const directory of ["/run/dynuser", `/run/${name}`]) {
    for (const entry of readdirSync(directory)) {
      if (entry !== "cache") rmSync(join(directory, entry), { recursive: true, force: true });
    }
  }
  writeBundles();
  writeHeld();
}

process.chdir(top);
for (let index = 0; index < Number(count); index++) {
  const words = makeVector(random);
  const wrong = await tryVector(words);
  // the record of a container without a holder goes with the next one of its name, and a prepared config with its release
  const kept = [...watched, `/run/dynuser/containers/run:${name}:held/runtime`];
  if (!kept.every((path) => existsSync(path))) startAgain();
  if (wrong.length > 0) console.log(`${JSON.stringify(words)} read ${wrong.join(", ")}`);
}
console.log(JSON.stringify(counts));
process.exit(0);
