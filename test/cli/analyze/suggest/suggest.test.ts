import { test } from "uvu";
import * as assert from "uvu/assert";
import { CANDIDATES, type Candidate } from "../../../../src/cli/analyze/suggest/candidates.ts";
import { search } from "../../../../src/cli/analyze/suggest/search.ts";
import { readProfile } from "../../../../src/settings/profile.ts";
import { formatProfile } from "../../../../src/settings/profileText.ts";
import { makeRandom } from "../../../support/random.ts";

const PLAIN: readonly Candidate[] = Array.from({ length: 24 }, (_, index) => ({
  settings: [`D${index}=yes`],
  weaker: [],
}));

async function find(candidates: readonly Candidate[], forbidden: readonly string[], most = Number.POSITIVE_INFINITY) {
  const tried: (readonly string[])[] = [];
  const found = await search(candidates, async (settings) => {
    if (tried.length >= most) return undefined;
    tried.push(settings);
    return !settings.some((setting) => forbidden.includes(setting));
  });
  return { ...found, tried };
}

test("when everything passes there is one run", async () => {
  const { settings, tried } = await find(PLAIN, []);
  assert.is(tried.length, 1);
  assert.is(settings.length, PLAIN.length);
});

test("just what fails is left out, whatever that is", async () => {
  const random = makeRandom(3);
  for (let round = 0; round < 40; round++) {
    const forbidden = random.some(PLAIN, 0.1).flatMap(({ settings }) => settings);
    const { settings, tried, isComplete } = await find(PLAIN, forbidden);
    assert.ok(isComplete);
    assert.equal(
      settings,
      PLAIN.flatMap((one) => one.settings).filter((one) => !forbidden.includes(one)),
    );
    assert.ok(tried.length <= 1 + forbidden.length * 2 * 5, `${tried.length} runs for ${forbidden.length}`);
  }
});

test("a setting that is too strict is replaced by a weaker one", async () => {
  const { settings } = await find(CANDIDATES, [
    "ProtectHome=yes",
    "ProtectHome=tmpfs",
    "CapabilityBoundingSet=",
    "CapabilityBoundingSet=~CAP_KILL",
  ]);
  assert.ok(settings.includes("ProtectHome=read-only"));
  assert.ok(settings.includes("CapabilityBoundingSet=~CAP_SYS_ADMIN"));
  assert.not(settings.includes("CapabilityBoundingSet=~CAP_KILL"));
});

test("an interrupted search returns the settings that have passed so far", async () => {
  const { settings, tried, isComplete } = await find(PLAIN, ["D20=yes"], 3);
  assert.not(isComplete);
  assert.equal(settings, tried[1]);
});

test("the search is deterministic", async () => {
  const [first, second] = [
    await find(CANDIDATES, ["PrivateNetwork=yes"]),
    await find(CANDIDATES, ["PrivateNetwork=yes"]),
  ];
  assert.equal(first.tried, second.tried);
});

test("a profile that is written is read with the same settings", async () => {
  const settings = [
    "CapabilityBoundingSet=",
    "SystemCallFilter=@system-service",
    "SystemCallFilter=~@mount",
    "UMask=0077",
    'Environment="A=b: #c"',
  ];
  const parts = settings.map((text) => /^(\w+)=(.*)$/s.exec(text)!.slice(1));
  const text = formatProfile(
    parts.map(([name = "", value = ""]) => ({ name, value })),
    "a comment",
  );
  const read = await readProfile(text, "x.yaml");
  assert.equal(
    read.map(({ name, value }) => `${name}=${value}`),
    settings,
  );
});

test.run();
