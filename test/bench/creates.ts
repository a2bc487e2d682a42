import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Seccomp, Spec } from "../../src/oci/spec.ts";
import { ENGINE_PROFILES } from "../support/engines/engineProfiles.ts";
import { runtimePath } from "../support/engines/engines.ts";
import { makeRootfs } from "../support/engines/image.ts";
import type { TestHost } from "../support/hosts/testHost.ts";
import type { MeasurePlan } from "./measure.ts";
import { measureIn } from "./measureIn.ts";
import { judgeAcross, type Samples, tell } from "./tell.ts";

/*
 * What `create` and `delete` of one container cost, beside the low-level runtime with the config that it gets of us in the
 * end (which is our part alone) and with the plain one (which is what a user pays): with a standby process and without one,
 * with an engine's seccomp profile and without any, and with other users held.
 */

export type RuntimeName = "crun" | "runc";

export const PROGRAMS = { crun: "/usr/bin/crun", runc: "/usr/sbin/runc" } as const;

const ROUNDS = 40;
const PODMANS = ENGINE_PROFILES["podman 4.3.1"];
const HELD = [0, 100, 1000] as const;
/** Of the range. */
const UIDS = 4336;
const HOLDERS = join(import.meta.dirname, "../support/identity/holders.ts");

/** What we promise, over the runtime with the same finished config. */
const MOST = { standby: 6, alone: 22, release: 3, heldRatio: 1.3, full: 50 } as const;

/** @param alone a copy of our programs, which no standby process serves */
export function measureCreates(testHost: TestHost, runtime: RuntimeName, alone: string): void {
  const make = (name: string, seccomp?: Seccomp) =>
    makeBundles(testHost, runtime, `${runtime}-${name}`, alone, seccomp);
  const profiles = { "no seccomp profile": make("bare"), "podman's seccomp profile": make("profile", PODMANS) };
  for (const [profile, bundles] of Object.entries(profiles))
    report(testHost, `${runtime} create, ${profile}`, createPlan(bundles, ROUNDS));
  if (runtime === "crun") measureHeld(testHost, make("held"));
}

function measureHeld(testHost: TestHost, bundles: Bundles): void {
  const known: Samples[] = [];
  let held = 0;
  for (const count of HELD) {
    testHost.run([process.execPath, HOLDERS, String(count - held), `of-${count}`]);
    held = count;
    const [create, release] = [createPlan(bundles, ROUNDS / 2), releasePlan(bundles, ROUNDS / 2)];
    const created = report(testHost, `crun create, no seccomp profile, ${count} users held`, create);
    known.push({ ...created, ...report(testHost, `crun delete, ${count} users held`, release) });
  }
  for (const name of ["create, standby", "create, alone", "delete, standby"])
    console.log(`  ${judgeAcross(`dynuser ${name}, 1,000 held`, name, known.at(-1)!, known[0]!, MOST.heldRatio)}`);
  measureFull(testHost, bundles, held);
}

/** What the refusal costs where every UID has a holder, beside that of a container whose config cannot be read. */
function measureFull(testHost: TestHost, { standby }: Bundles, held: number): void {
  testHost.run([process.execPath, HOLDERS, String(UIDS - held), "of-all"]);
  const unread = { ...standby, directory: `${standby.directory}-unread` };
  mkdirSync(unread.directory);
  writeFileSync(join(unread.directory, "config.json"), '"dynuser/');
  const refused = (bundle: Bundle) => ["sh", "-c", `! ${createCommand(bundle).join(" ")} 2>/dev/null`];
  const commands = { "refused, unread config": refused(unread), "refused, full range": refused(standby) };
  const plan: MeasurePlan = { rounds: 5, cold: "no", fill: {}, commands };
  const promise = { of: "refused, full range", over: "refused, unread config", most: { milliseconds: MOST.full } };
  tell(`crun create, all ${UIDS} UIDs held`, plan, measureIn(testHost, plan), [promise]);
}

interface Bundle {
  /** Its directory, which names the container too. */
  readonly directory: string;
  readonly id: string;
  /** The runtime that is called with it. */
  readonly program: string;
}

type Bundles = Readonly<Record<"plain" | "finished" | "standby" | "alone", Bundle>>;

/** Four bundles of one config; two of them ask for a dynamic user with a state directory, one is what came out of that. */
function makeBundles(
  testHost: TestHost,
  runtime: RuntimeName,
  title: string,
  alone: string,
  seccomp: Seccomp | undefined,
): Bundles {
  const place = join(testHost.directory, title);
  mkdirSync(place, { recursive: true });
  makeRootfs(join(place, "rootfs"));
  testHost.run([PROGRAMS[runtime], "spec"], { cwd: place });
  const spec = JSON.parse(readFileSync(join(place, "config.json"), "utf8")) as Spec;
  const write = (name: string, change: (spec: Spec) => Spec, program: string): Bundle => {
    const directory = join(place, name);
    mkdirSync(directory, { recursive: true });
    const process = { ...spec.process!, terminal: false, args: ["sleep", "1000"] };
    const linux = { ...spec.linux, cgroupsPath: `/${title}-${name}`, ...(seccomp && { seccomp }) };
    const text = JSON.stringify(change({ ...spec, process, linux, root: { path: join(place, "rootfs") } }));
    for (const file of ["config.json", "original"]) writeFileSync(join(directory, file), text);
    return { directory, id: `${title}-${name}`, program };
  };
  const own = runtimePath(runtime);
  const kept = write("kept", asking(`${title}-kept`), own);
  testHost.sh(`${createCommand(kept).join(" ")} </dev/null >/dev/null 2>&1`);
  const { hooks: _, ...finished } = JSON.parse(readFileSync(join(kept.directory, "config.json"), "utf8")) as Spec;
  const moved = (): Spec => ({ ...finished, linux: { ...finished.linux, cgroupsPath: `/${title}-finished` } });
  return {
    plain: write("plain", (plain) => plain, PROGRAMS[runtime]),
    finished: write("finished", moved, PROGRAMS[runtime]),
    standby: write("standby", asking(`${title}-standby`), own),
    alone: write("alone", asking(`${title}-alone`), join(alone, "libexec", runtime)),
  };
}

function asking(name: string): (spec: Spec) => Spec {
  const asked = { DynamicUser: "yes", StateDirectory: name, Name: name };
  const annotations = Object.fromEntries(Object.entries(asked).map(([key, value]) => [`dynuser/${key}`, value]));
  return (spec) => ({ ...spec, annotations });
}

function createCommand({ program, directory, id }: Bundle): readonly string[] {
  return [program, "create", "--bundle", directory, id];
}

function deleteCommand({ program, id }: Bundle): readonly string[] {
  return [program, "delete", "--force", id];
}

/** What stands there for the next time is what an engine would write again. */
function restored(command: readonly string[], { directory }: Bundle): readonly string[] {
  return ["sh", "-c", `cp ${directory}/original ${directory}/config.json; exec ${command.join(" ")}`];
}

function rows<T>({ plain, finished, standby, alone }: Bundles, verb: string, of: (bundle: Bundle) => T) {
  return {
    [`${verb}, plain config`]: of(plain),
    [`${verb}, finished config`]: of(finished),
    [`${verb}, standby`]: of(standby),
    [`${verb}, alone`]: of(alone),
  };
}

function createPlan(bundles: Bundles, rounds: number): MeasurePlan {
  const remove = (bundle: Bundle) => restored(deleteCommand(bundle), bundle);
  return {
    rounds,
    cold: "no",
    fill: {},
    commands: rows(bundles, "create", createCommand),
    afterwards: rows(bundles, "create", remove),
  };
}

function releasePlan(bundles: Bundles, rounds: number): MeasurePlan {
  const make = (bundle: Bundle) => restored(createCommand(bundle), bundle);
  return {
    rounds,
    cold: "no",
    fill: {},
    before: rows(bundles, "delete", make),
    commands: rows(bundles, "delete", deleteCommand),
  };
}

function report(testHost: TestHost, title: string, plan: MeasurePlan): Samples {
  const verb = title.includes("delete") ? "delete" : "create";
  const over = `${verb}, finished config`;
  const bounds = verb === "create" ? { standby: MOST.standby, alone: MOST.alone } : { standby: MOST.release };
  const promises = Object.entries(bounds).map(([way, milliseconds]) => ({
    of: `${verb}, ${way}`,
    over,
    most: { milliseconds },
  }));
  return tell(title, plan, measureIn(testHost, plan), promises);
}
