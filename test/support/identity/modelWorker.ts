import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { dirname } from "node:path";
import { arm, replaced } from "../faults.ts";
import { range } from "./modelRange.ts";

/**
 * One of many processes that start, stop and kill containers in the allocator below DIRECTORY, COUNT times, and is itself
 * killed at a system call by chance. A container is a sleeping process with the user's UID that has `proof/UID/NAME`
 * locked; two names with locked proofs of one UID are a collision. Prints what is wrong, one line each, and `done N`.
 */
const [directory = "", count = "", killOneIn = ""] = process.argv.slice(2);
replaced.set("/proc/sys/kernel/random/boot_id", fs.readFileSync(`${directory}/boot`, "utf8"));
const { attach } = await import("./attach.ts");
const { claim } = await import("../../../src/identity/claim.ts");
const { recordExpectation } = await import("../../../src/identity/expectation.ts");
const { RangeFull } = await import("../../../src/identity/allocate.ts");
const { collect } = await import("../../../src/identity/collect.ts");
const { listHolders, readHolder } = await import("../../../src/identity/holder.ts");
const { release } = await import("../../../src/identity/release.ts");
const { flock, LOCK_EX, LOCK_NB } = await import("../../../src/sys/kernel/libc.ts");
const { dynamicRequest, scratchRegistry } = await import("./registry.ts");
const { UserError } = await import("../../../src/errors.ts");

const chance = (below: number) => Math.floor(Math.random() * below);
const registry = scratchRegistry(directory, {
  range,
  cooldownSeconds: [0, 60][chance(2)]!,
  warn: (text) => console.log(`warning: ${text}`),
});

/** A wall clock that jumps to and fro. */
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...args: readonly [] | readonly [number | string]) {
    if (args.length > 0) super(args[0] as number);
    else super(RealDate.now() + (chance(3) - 1) * chance(10 ** 9));
  }
} as DateConstructor;

/** As that user it says that it is there, waits for its start, locks its proof and says so. */
const CONTAINER = `echo >>"$1"; exec 8<"$2"; flock -s 8; [ -s "$2" ] || exit
  exec 9<"$0"; flock -s 9; echo >>"$1"; exec sleep 1000`;

const MOVES = [start, start, start, startAndStop, stop, stop, kill, sweep];

for (let turn = 0; turn < Number(count); turn++) {
  arm(chance(Number(killOneIn)) === 0 ? { at: 1 + chance(150), what: "kill" } : undefined);
  try {
    MOVES[chance(MOVES.length)]!(turn);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (!(error instanceof RangeFull) && !/found one of that ID/.test(error.message)) console.log(error.message);
  }
  arm();
  fs.writeSync(1, "turn\n");
}

function start(turn: number): string {
  const name = `n${chance(96)}`;
  const id = `c-${process.pid}-${turn}`;
  const group = chance(4) === 0 ? { groupName: `g${chance(8)}` } : {};
  const { uid } = claim(dynamicRequest(name, id, group), registry).identity;
  recordExpectation(id, { releases: [{ kind: "remove", path: `/run/${id}`, links: [] }] }, registry);
  attach(id, runContainer(name, uid), registry);
  refuseOthers(name, uid);
  return id;
}

/**
 * Waits until it has its proof locked. The process that creates a container holds `start` locked until then: when that is let go with
 * nothing in it, its holder was killed, and the container ends as a runtime's does.
 */
function runContainer(name: string, uid: number): number {
  const proof = `${directory}/proof/${uid}/${name}`;
  fs.mkdirSync(dirname(proof), { recursive: true });
  fs.closeSync(fs.openSync(proof, "a"));
  const [said, start] = [`${directory}/said-${process.pid}`, `${directory}/start-${process.pid}`];
  fs.writeFileSync(said, "");
  fs.chmodSync(said, 0o666);
  const held = fs.openSync(start, "w");
  flock(held, LOCK_EX);
  const args = [`--reuid=${uid}`, "--clear-groups", "sh", "-c", CONTAINER, proof, said, start];
  const child = spawn("setpriv", args, { stdio: "ignore", detached: true });
  child.unref();
  const untilSaid = (count: number) => {
    while (fs.statSync(said).size < count && fs.existsSync(`/proc/${child.pid}`))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  };
  untilSaid(1);
  fs.writeSync(held, "go");
  fs.closeSync(held);
  untilSaid(2);
  for (const path of [said, start]) fs.rmSync(path, { force: true });
  return child.pid!;
}

function refuseOthers(name: string, uid: number): void {
  const proof = `${directory}/proof/${uid}`;
  // A process that looks has the lock for a moment: two at once would take each other for a holder.
  const turn = fs.openSync(proof, "r");
  flock(turn, LOCK_EX);
  for (const other of fs.readdirSync(proof)) {
    if (other !== name && isProven(`${proof}/${other}`)) console.log(`UID ${uid} is held by ${name} and by ${other}`);
  }
  fs.closeSync(turn);
}

function isProven(path: string): boolean {
  const descriptor = fs.openSync(path, "r");
  try {
    flock(descriptor, LOCK_EX | LOCK_NB);
    return false;
  } catch {
    return true;
  } finally {
    fs.closeSync(descriptor);
  }
}

function startAndStop(turn: number): void {
  release(start(turn), registry);
}

function anyHolder() {
  const ids = listHolders(registry);
  return ids.length === 0 ? undefined : readHolder(ids[chance(ids.length)]!, registry);
}

function stop(): void {
  const holder = anyHolder();
  // one whose claimer still works is left alone
  if (holder !== undefined && holder.phase !== "claimed") release(holder.id, registry);
}

function kill(): void {
  const pid = anyHolder()?.init?.pid;
  if (pid !== undefined && fs.existsSync(`/proc/${pid}`)) process.kill(pid, "SIGKILL");
}

function sweep(): void {
  if (chance(8) === 0) collect(registry);
}
