import { test } from "uvu";
import * as assert from "uvu/assert";
import { applyMounts } from "../../src/apply/mounts/mounts.ts";
import { UserError } from "../../src/errors.ts";
import type { PathEdit } from "../../src/model/edit.ts";
import type { Facts, Submount } from "../../src/model/facts.ts";
import type { Mount, Spec } from "../../src/oci/spec.ts";
import { canWrite } from "../support/bundles/mountSimulation.ts";
import { factsOfHost, factsOfImage } from "../support/hosts/facts.ts";
import { makeRandom, type Random } from "../support/random.ts";

const PLACES = ["/a", "/a/b", "/a/b/c", "/a/b/c/d", "/a/x", "/e", "/e/f", "/e/f/g"] as const;
const FILES = Object.fromEntries([...PLACES, "/dev", "/s/b/c/d", "/s/x"].map((path) => [path, "directory" as const]));
const VOLUMES = { "/volume/b/c/d": "directory", "/volume/f/g": "directory" } as const;
const ROUNDS = 400;

interface Case {
  readonly spec: Spec;
  readonly facts: Facts;
  readonly edits: readonly PathEdit[];
}

for (const [name, makeCase] of [
  ["the host's root", caseOfHost],
  ["an image", caseOfImage],
] as const) {
  test(`applying twice to ${name} is applying once`, () => {
    forEachCase(makeCase, ({ spec, edits, facts }) => {
      const once = applyMounts(spec, edits, facts);
      assert.equal(applyMounts(once, edits, facts), once);
    });
  });

  test(`the input is not touched, and what we do not know survives in ${name}`, () => {
    forEachCase(makeCase, ({ spec, edits, facts }) => {
      const copy = structuredClone(spec);
      const after = applyMounts(spec, edits, facts) as Spec & { readonly unknown: unknown };
      assert.equal(spec, copy);
      assert.equal([after.unknown, after.linux?.mountLabel, after.root?.path], ["kept", "kept", "rootfs"]);
    });
  });

  test(`each path of ${name} is what the nearest setting above says, and never wider than before`, () => {
    forEachCase(makeCase, ({ spec, edits, facts }) => {
      const [before, after] = [spec, applyMounts(spec, edits, facts)].map((one) => canWrite(one, facts)) as [Ask, Ask];
      for (const path of PLACES) {
        const expected = expectedState(edits, spec, path);
        if (expected === "hidden") continue;
        const open = expected === "fresh" || (before(path) && expected === "writable");
        assert.is(after(path), open, `${path} in ${JSON.stringify(applyMounts(spec, edits, facts), null, 1)}`);
      }
    });
  });
}

type Ask = (path: string) => boolean;

/** Cases that are refused say so and are passed over; most are not. */
function forEachCase(makeCase: (random: Random) => Case, check: (one: Case) => void): void {
  let refused = 0;
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const one = makeCase(makeRandom(seed));
    try {
      check(one);
    } catch (error) {
      if (error instanceof UserError) refused++;
      else {
        console.error(`seed ${seed}: ${JSON.stringify([one.edits, one.facts.rootfs.submounts, one.spec.mounts])}`);
        throw error;
      }
    }
  }
  assert.ok(refused < ROUNDS / 2, `${refused} of ${ROUNDS} refused`);
}

function caseOfHost(random: Random): Case {
  const submounts = random.some(PLACES, 0.3).map((path): Submount => ({ path, readOnly: random.below(3) === 0 }));
  return { spec: specOf(random, []), facts: factsOfHost({ host: FILES, submounts }), edits: editsOf(random) };
}

function caseOfImage(random: Random): Case {
  const mounts = random.some(["/a/b", "/e"] as const, 0.3).map((destination): Mount => {
    const options = ["rbind", random.pick(["ro", "rw"])];
    return { destination, type: "bind", source: "/volume", options };
  });
  const facts = factsOfImage({ host: { ...FILES, ...VOLUMES }, rootfs: FILES });
  return { spec: specOf(random, mounts), facts, edits: editsOf(random) };
}

function specOf(random: Random, mounts: readonly Mount[]): Spec {
  const root = { path: "rootfs", ...(random.below(5) === 0 && { readonly: true }) };
  const unknown = { unknown: "kept" };
  return { ...unknown, ociVersion: "1.0.2", root, mounts, linux: { mountLabel: "kept" } };
}

const ACCESSES = [
  "readOnly",
  "readOnly",
  "readWrite",
  "readWrite",
  "readWriteImplicit",
  "bind",
  "tmpfs",
  "inaccessible",
  "noExec",
  "exec",
] as const;

function editsOf(random: Random): readonly PathEdit[] {
  const strict: readonly PathEdit[] = random.below(2) ? [{ kind: "path", path: "/", access: "readOnly" }] : [];
  const paths = random.some([...PLACES, ...PLACES], 0.3);
  return [...strict, ...paths.map((path): PathEdit => editOf(random, path))];
}

function editOf(random: Random, path: string): PathEdit {
  const access = random.pick(ACCESSES);
  const readOnly = random.below(3) === 0;
  switch (access) {
    case "bind":
      return { kind: "path", path, access, source: "/s", recursive: true, readOnly };
    case "tmpfs":
      return { kind: "path", path, access, readOnly, options: ["mode=0755"] };
    default:
      return { kind: "path", path, access, optional: true };
  }
}

type Expected = "readOnly" | "writable" | "fresh" | "hidden";

/** The same rules once more, in the simplest words: one path, one look upwards. */
function expectedState(edits: readonly PathEdit[], { mounts = [] }: Spec, path: string): Expected {
  const above = ancestors(path);
  const at = (place: string) => edits.filter((edit) => edit.path === place);
  const says = (place: string, access: string) => at(place).some((edit) => edit.access === access);
  if (above.some((place) => says(place, "inaccessible"))) return "hidden";
  const engine = (place: string) => mounts.some((mount) => mount.destination === place);
  const isTmpfs = (place: string) =>
    says(place, "tmpfs") && at(place).every(({ access }) => access === "tmpfs" || access === "readWriteImplicit");
  const states = (place: string) =>
    at(place).some(
      ({ access, readOnly }) => !access.endsWith("xec") && (access !== "tmpfs" || isTmpfs(place) || readOnly),
    );
  const stating = above.find((place) => states(place) || engine(place));
  const filling = above.find((place) => engine(place) || says(place, "bind") || isTmpfs(place));
  // What a setting says below a mount is lost where the mount does not have the path.
  if (filling !== undefined && filling !== path && stating !== filling) return "hidden";
  const fresh = filling !== undefined && (isTmpfs(filling) || !engine(filling));
  if (stating === undefined) return "writable";
  const readOnly =
    says(stating, "readOnly") ||
    at(stating).some((edit) => edit.readOnly) ||
    (fresh && stating === filling && engineReadOnly(mounts, stating));
  return readOnly ? "readOnly" : fresh ? "fresh" : "writable";
}

function engineReadOnly(mounts: readonly Mount[], place: string): boolean {
  return mounts.some((mount) => mount.destination === place && mount.options?.includes("ro"));
}

function ancestors(path: string): readonly string[] {
  const names = path.split("/").slice(1);
  return [...names.map((_, i) => `/${names.slice(0, names.length - i).join("/")}`), "/"];
}

test.run();
