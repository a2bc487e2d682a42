import { test } from "uvu";
import * as assert from "uvu/assert";
import { BadValue } from "../../src/errors.ts";
import { addressFamilies, resolveFamilies } from "../../src/values/addressFamilies.ts";
import { readErrno } from "../../src/values/errno.ts";
import { namespaces, retainedNamespaces } from "../../src/values/namespaces.ts";
import { type CallList, resolveLines, systemCallFilter, systemCallLog } from "../../src/values/systemCallList.ts";
import { describeGroup, expandCalls } from "../../src/values/systemCalls.ts";
import { recordReading } from "../support/reading.ts";

/** What the lines come to, without @default. */
function filterOf(...lines: readonly string[]) {
  const reading = recordReading();
  const values = lines.flatMap((line) => systemCallFilter.parse(line, reading));
  const list = resolveLines(values, []);
  return {
    polarity: list.polarity,
    calls: answersOf(list),
    complaints: reading.complaints.map(([found]) => found),
  };
}

function answersOf({ named }: CallList): Readonly<Record<string, unknown>> {
  const answers = [...named].flatMap(([answer, words]) => [...expandCalls(words)].map((call) => [call, answer]));
  return Object.fromEntries(answers);
}

function familiesOf(...lines: readonly string[]) {
  const reading = recordReading();
  const { polarity, families } = resolveFamilies(lines.flatMap((line) => addressFamilies.parse(line, reading)));
  return { polarity, families, complaints: reading.complaints.map(([found]) => found) };
}

function retained(...lines: readonly string[]): string {
  return retainedNamespaces(lines.flatMap((line) => namespaces.parse(line, recordReading()))).toString(16);
}

test("errnos are names or numbers up to 4095", () => {
  assert.equal(["EPERM", "EILSEQ", "EWOULDBLOCK", "0", "4095"].map(readErrno), [1, 84, 11, 0, 4095]);
  assert.equal(["4096", "-1", "BADERRNO", "EPER", "E", "eperm", ""].map(readErrno), Array(7).fill(undefined));
});

test("groups stand for the calls of all groups in them", () => {
  const ofServices = expandCalls(["@system-service"]);
  assert.ok(ofServices.has("openat"));
  assert.ok([...ofServices].every((call) => !call.startsWith("@")));
  assert.equal([...expandCalls(["@swap"])], ["swapoff", "swapon"]);
  assert.is(expandCalls(["@known"]).size, 556);
});

test("words add calls, take them away again and keep those of a group, one after the other", () => {
  assert.equal([...expandCalls(["@swap", "read", "!swapon"])], ["swapoff", "read"]);
  assert.equal([...expandCalls(["read", "!read", "read"])], ["read"]);
  assert.equal([...expandCalls(["@swap", "read", "&@basic-io"])], ["read"]);
});

test("the calls that a list does not name are those that systemd knows besides", () => {
  const { others } = resolveLines(systemCallFilter.parse("@system-service uselib", recordReading()), ["@default"]);
  const calls = expandCalls(others);
  assert.ok(calls.has("mount") && !calls.has("read") && !calls.has("execve"));
});

test("a group can be printed, and all their names", () => {
  assert.equal(describeGroup("@module"), ["delete_module", "finit_module", "init_module"]);
  assert.ok(describeGroup(undefined)!.includes("@known"));
  assert.is(describeGroup("@nothing"), undefined);
});

test("the first line says whether calls are allowed or forbidden; others add to it or take away", () => {
  assert.equal(filterOf("read write", "~write", "close").calls, { read: undefined, close: undefined });
  assert.equal(filterOf("~read write", "write", "~close"), {
    polarity: "unlisted",
    calls: { read: undefined, close: undefined },
    complaints: [],
  });
  assert.is(filterOf("~", "read").polarity, "unlisted");
});

test("a list of allowed calls has those without which no program starts", () => {
  const { named } = resolveLines(systemCallFilter.parse("read", recordReading()), ["@default"]);
  const calls = expandCalls(named.get(undefined)!);
  assert.ok(calls.has("execve") && calls.has("exit_group") && calls.has("read") && !calls.has("write"));
});

test("errnos belong to forbidden calls, among allowed ones too", () => {
  assert.equal(filterOf("~read:EILSEQ write:kill close:0").calls, { read: 84, write: "kill", close: 0 });
  assert.equal(filterOf("@swap", "~swapon:EILSEQ").calls, { swapoff: undefined, swapon: 84 });
  assert.equal(filterOf("read close:EPERM"), {
    polarity: "listed",
    calls: { read: undefined },
    complaints: ["close:EPERM"],
  });
});

test("words that mean nothing are dropped, the others of the line count", () => {
  const { calls, complaints } = filterOf("~read @nothing foo write:BADERRNO close:4096 foo:EPERM");
  assert.equal(calls, { read: undefined });
  assert.equal(complaints, ["@nothing", "foo", "write:BADERRNO", "close:4096", "foo:EPERM"]);
});

test("what is logged has no errno and no calls of its own", () => {
  const reading = recordReading();
  const lines = systemCallLog.parse("read write:EPERM", reading);
  assert.equal([...resolveLines(lines, []).named.get(undefined)!], ["read"]);
  assert.equal(reading.complaints.length, 1);
});

test("namespaces are all, none or some of their types", () => {
  assert.equal(
    [retained("yes"), retained("no"), retained("pid net"), retained("~user")],
    ["0", "7e020000", "60000000", "6e020000"],
  );
  assert.is(retained("pid", "net", "~pid"), "40000000");
  assert.is(retained("~user", "user"), "7e020000");
  assert.is(retained("pid", "yes"), "0");
  assert.is(retained("time"), "80");
});

test("one wrong word spoils the whole line of namespaces", () => {
  assert.throws(
    () => retained("pid nothing"),
    (error: unknown) => error instanceof BadValue && error.found === "nothing",
  );
});

test("the first line of address families says whether they are allowed or forbidden", () => {
  assert.equal(familiesOf("AF_INET AF_UNIX", "~AF_UNIX AF_X").families, [2]);
  assert.equal(familiesOf("~AF_PACKET", "~AF_NETLINK", "AF_PACKET"), {
    polarity: "unlisted",
    families: [16],
    complaints: [],
  });
  assert.equal(familiesOf("AF_NOTHING AF_INET").complaints, ["AF_NOTHING"]);
});

test("none forbids all families and starts anew", () => {
  assert.equal(familiesOf("AF_INET", "none"), { polarity: "listed", families: [], complaints: [] });
  assert.equal(familiesOf("none", "~AF_INET"), { polarity: "unlisted", families: [2], complaints: [] });
});

test.run();
