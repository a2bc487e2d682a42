import { test } from "uvu";
import * as assert from "uvu/assert";
import { InvalidValueError } from "../../src/errors.ts";
import { addressFamilies, resolveFamilies } from "../../src/values/addressFamilies.ts";
import { readErrno } from "../../src/values/errno.ts";
import { namespaces, retainedNamespaces } from "../../src/values/namespaces.ts";
import { type CallList, resolveLines, systemCallFilter, systemCallLog } from "../../src/values/systemCallList.ts";
import { callsOfGroup, expandCalls } from "../../src/values/systemCalls.ts";
import { recordReading } from "../support/systemd/reading.ts";

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

test("a group expands to the calls of all nested groups", () => {
  const ofServices = expandCalls(["@system-service"]);
  assert.ok(ofServices.has("openat"));
  assert.ok([...ofServices].every((call) => !call.startsWith("@")));
  assert.equal([...expandCalls(["@swap"])], ["swapoff", "swapon"]);
  assert.is(expandCalls(["@known"]).size, 556);
});

test("words add, remove and intersect calls in their order", () => {
  assert.equal([...expandCalls(["@swap", "read", "!swapon"])], ["swapoff", "read"]);
  assert.equal([...expandCalls(["read", "!read", "read"])], ["read"]);
  assert.equal([...expandCalls(["@swap", "read", "&@basic-io"])], ["read"]);
});

test("the unlisted calls are all others that systemd knows", () => {
  const { others } = resolveLines(systemCallFilter.parse("@system-service uselib", recordReading()), ["@default"]);
  const calls = expandCalls(others);
  assert.ok(calls.has("mount") && !calls.has("read") && !calls.has("execve"));
});

test("one group, or all names of groups, can be printed", () => {
  assert.equal(callsOfGroup("@module"), ["delete_module", "finit_module", "init_module"]);
  assert.ok(callsOfGroup(undefined)!.includes("@known"));
  assert.is(callsOfGroup("@nothing"), undefined);
});

test("the first line selects an allow-list or a deny-list; later lines add or remove", () => {
  assert.equal(filterOf("read write", "~write", "close").calls, { read: undefined, close: undefined });
  assert.equal(filterOf("~read write", "write", "~close"), {
    polarity: "unlisted",
    calls: { read: undefined, close: undefined },
    complaints: [],
  });
  assert.is(filterOf("~", "read").polarity, "unlisted");
});

test("an allow-list includes @default", () => {
  const { named } = resolveLines(systemCallFilter.parse("read", recordReading()), ["@default"]);
  const calls = expandCalls(named.get(undefined)!);
  assert.ok(calls.has("execve") && calls.has("exit_group") && calls.has("read") && !calls.has("write"));
});

test("an errno is accepted for denied calls only", () => {
  assert.equal(filterOf("~read:EILSEQ write:kill close:0").calls, { read: 84, write: "kill", close: 0 });
  assert.equal(filterOf("@swap", "~swapon:EILSEQ").calls, { swapoff: undefined, swapon: 84 });
  assert.equal(filterOf("read close:EPERM"), {
    polarity: "listed",
    calls: { read: undefined },
    complaints: ["close:EPERM"],
  });
});

test("unknown words are dropped, others of the line are kept", () => {
  const { calls, complaints } = filterOf("~read @nothing foo write:BADERRNO close:4096 foo:EPERM");
  assert.equal(calls, { read: undefined });
  assert.equal(complaints, ["@nothing", "foo", "write:BADERRNO", "close:4096", "foo:EPERM"]);
});

test("SystemCallLog= accepts no errno and adds no calls", () => {
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

test("an unknown word invalidates the whole line of RestrictNamespaces=", () => {
  assert.throws(
    () => retained("pid nothing"),
    (error: unknown) => error instanceof InvalidValueError && error.found === "nothing",
  );
});

test("the first line of address families selects an allow-list or a deny-list", () => {
  assert.equal(familiesOf("AF_INET AF_UNIX", "~AF_UNIX AF_X").families, [2]);
  assert.equal(familiesOf("~AF_PACKET", "~AF_NETLINK", "AF_PACKET"), {
    polarity: "unlisted",
    families: [16],
    complaints: [],
  });
  assert.equal(familiesOf("AF_NOTHING AF_INET").complaints, ["AF_NOTHING"]);
});

test("none resets the list and denies all families", () => {
  assert.equal(familiesOf("AF_INET", "none"), { polarity: "listed", families: [], complaints: [] });
  assert.equal(familiesOf("none", "~AF_INET"), { polarity: "unlisted", families: [2], complaints: [] });
});

test.run();
