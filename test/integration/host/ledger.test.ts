import * as fs from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { claim } from "../../../src/identity/claim.ts";
import { collect } from "../../../src/identity/collect.ts";
import { readHistory } from "../../../src/identity/history.ts";
import { ledgerFiles } from "../../../src/identity/ledger.ts";
import { damagedFile, setDamagedAside } from "../../../src/identity/ledgerDamage.ts";
import { release } from "../../../src/identity/release.ts";
import { withScratch, withTmpfs } from "../../support/hosts/scratch.ts";
import { dynamicRequest, type ScratchRegistry, scratchRegistry } from "../../support/identity/registry.ts";

const origin = { engine: "podman", container: "c0ffee", image: "docker.io/library/nginx:1" };

function withOrigin(name: string, id: string) {
  return dynamicRequest(name, id, { holder: { id, pid: process.pid, origin } });
}

function ledgerTest(title: string, run: (registry: ScratchRegistry) => void): void {
  test(title, () => withScratch((directory) => run(scratchRegistry(directory))));
}

const fileOf = (registry: ScratchRegistry) => ledgerFiles(registry.paths.ledger)[0]!;

ledgerTest("each container has one period per UID, with name, begin, end and reason", (registry) => {
  const { identity } = claim({ ...withOrigin("foo", "podman:c0ffee"), groupName: "web" }, registry);
  const known = () => readHistory(registry).periods.map(({ from: _from, boot: _boot, to, ...rest }) => rest);
  const user = { uid: identity.uid, name: "foo", ...origin };
  const group = { uid: identity.gid, name: "web", ...origin };
  assert.equal(known(), [
    { ...user, state: "holds" },
    { ...group, state: "holds" },
  ]);
  release("podman:c0ffee", registry);
  assert.equal(known(), [
    { ...user, why: "stopped", state: "ended" },
    { ...group, why: "stopped", state: "ended" },
  ]);
  for (const { from, to } of readHistory(registry).periods) assert.ok(to !== undefined && from <= to, `${from} ${to}`);
});

ledgerTest("the reason of an end distinguishes failed starts, collected containers and reboots", (registry) => {
  claim(withOrigin("a", "a"), registry);
  release("a", registry, "failed");
  for (const [id, change] of [
    ["b", { pid: 2 ** 22 + 1 }],
    ["c", { bootId: "earlier" }],
  ] as const) {
    claim(withOrigin(id, id), registry);
    const path = `${registry.paths.stateDir}/holders/${id}.json`;
    const holder = JSON.parse(fs.readFileSync(path, "utf8"));
    fs.writeFileSync(path, JSON.stringify({ ...holder, claimer: { ...holder.claimer, ...change } }));
  }
  collect(registry);
  const why = readHistory(registry).periods.map(({ name, why: reason }) => `${name} ${reason}`);
  assert.equal(why.slice(0, 2), ["a failed", "b collected"]);
  assert.ok(why.includes("c reboot"), why.join());
});

ledgerTest("users that the host has anyway are not recorded", (registry) => {
  claim(withOrigin("1", "a"), registry);
  release("a", registry);
  assert.equal(readHistory(registry).periods, []);
  assert.not(fs.existsSync(registry.paths.ledger));
});

ledgerTest("damaged lines are listed and left out; a truncated line spoils no other", (registry) => {
  claim(withOrigin("a", "a"), registry);
  const damage = [
    '{"uid":5',
    "\0\0",
    '{"uid":"5"}',
    "null",
    '{"uid":5,"name":"x","container":"c","from":"soon","boot":"b"}',
  ];
  for (const text of damage) fs.appendFileSync(fileOf(registry), `\n${text}`);
  claim(withOrigin("b", "b"), registry);
  const { periods, damaged } = readHistory(registry);
  assert.equal(
    periods.map(({ name }) => name),
    ["a", "b"],
  );
  assert.equal(
    damaged,
    [3, 5, 6, 7].map((line) => `${fileOf(registry)}:${line}`),
  );
  for (const id of ["a", "b"]) release(id, registry);
});

ledgerTest("damaged lines are set aside once, wherever other processes append meanwhile", (registry) => {
  claim(withOrigin("a", "a"), registry);
  fs.appendFileSync(fileOf(registry), '\n{"uid":5,"n\0\0\n{"name":"ü\xff"}', "latin1");
  claim(withOrigin("b", "b"), registry);
  fs.appendFileSync(fileOf(registry), '\n{"uid":7');
  assert.is(readHistory(registry).damaged.length, 3);
  assert.is(setDamagedAside(registry).length, 2);
  const aside = damagedFile(registry.paths.ledger);
  assert.is(fs.readFileSync(aside, "latin1"), '{"uid":5,"n\0\0\n{"name":"ü\xff"}\n');
  assert.is(fs.statSync(aside).mode & 0o777, 0o600);
  const { periods, damaged } = readHistory(registry);
  assert.equal(
    [periods.map(({ name }) => name), damaged.length],
    [["a", "b"], 1],
    "the last line may not be whole yet",
  );
  claim(withOrigin("c", "c"), registry);
  setDamagedAside(registry);
  assert.equal(
    readHistory(registry).periods.map(({ name }) => name),
    ["a", "b", "c"],
  );
  assert.equal(readHistory(registry).damaged, []);
  for (const id of ["a", "b", "c"]) release(id, registry);
});

ledgerTest("a period without an end is one of an earlier boot, or unknown", (registry) => {
  claim(withOrigin("a", "a"), registry);
  release("a", registry);
  const text = fs.readFileSync(fileOf(registry), "utf8").split("\n")[1]!;
  const boot = "00000000-0000-0000-0000-000000000000";
  fs.writeFileSync(fileOf(registry), `\n${text}\n${JSON.stringify({ ...JSON.parse(text), container: "b", boot })}`);
  const known = readHistory(registry).periods.map(({ container, state, why, to }) => [container, state, why, to]);
  assert.equal(known, [
    ["c0ffee", "unknown", undefined, undefined],
    ["b", "unknown", "reboot", undefined],
  ]);
});

ledgerTest("it is rotated by size, and the oldest of eight files goes", (registry) => {
  const grow = (mark: string) => {
    claim(withOrigin(mark, mark), registry);
    fs.appendFileSync(fileOf(registry), `\n${" ".repeat(4 * 1024 * 1024)}`);
    release(mark, registry);
  };
  const marks = Array.from({ length: 9 }, (_, index) => `n${index}`);
  marks.forEach(grow);
  assert.equal(
    fs.readdirSync(registry.paths.ledger).sort(),
    [1, 2, 3, 4, 5, 6, 7].map((age) => `ledger.${age}`),
  );
  claim(withOrigin("last", "last"), registry);
  const names = new Set(readHistory(registry).periods.map(({ name }) => name));
  assert.equal([...names], [...marks.slice(2), "last"]);
  release("last", registry);
});

test("a full disk stops no start: a warning is printed, and the line of the end repeats everything", () =>
  withTmpfs("size=64k,mode=755", (disk) =>
    withScratch((directory) => {
      const registry = scratchRegistry(directory);
      const paths = { ...registry.paths, ledger: `${disk}/ledger` };
      const full = { ...registry, paths };
      release(claim(withOrigin("a", "a"), full).holder.id, full);
      fs.writeFileSync(`${disk}/fill`, "");
      assert.throws(() => fs.appendFileSync(`${disk}/fill`, Buffer.alloc(128 * 1024)), "ENOSPC");
      fs.appendFileSync(
        `${disk}/ledger/ledger`,
        Buffer.alloc(4096 - (fs.statSync(`${disk}/ledger/ledger`).size % 4096), "x"),
      );
      claim(withOrigin("b", "b"), full);
      assert.equal(registry.warnings.length, 1);
      assert.match(
        registry.warnings[0]!,
        /^cannot record the use of UID \d+ in the ledger: write .*\/ledger: No space left on device; going on without$/,
      );
      fs.rmSync(`${disk}/fill`);
      release("b", full);
      const [, second] = readHistory(full).periods;
      assert.equal([second?.name, second?.why, second?.engine], ["b", "stopped", "podman"]);
    }),
  ));

ledgerTest("a ledger that cannot be created stops no start", (registry) => {
  fs.writeFileSync(registry.paths.ledger, "");
  claim(withOrigin("a", "a"), registry);
  release("a", registry);
  assert.match(registry.warnings[0]!, "Not a directory");
});

test.run();
