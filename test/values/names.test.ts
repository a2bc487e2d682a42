import { test } from "uvu";
import * as assert from "uvu/assert";
import { FatalValueError, InvalidValueError } from "../../src/errors.ts";
import { parseCommandLines } from "../../src/values/commandLine.ts";
import { limit } from "../../src/values/limit.ts";
import { integer, readUnsigned } from "../../src/values/number.ts";
import { readSignal, signalName } from "../../src/values/signal.ts";
import { INFINITY } from "../../src/values/size.ts";
import { expandSpecifiers, literally, specifiersOf } from "../../src/values/specifiers.ts";
import { isStrictName, parseUserName, readId } from "../../src/values/userName.ts";
import { parse, recordReading } from "../support/systemd/reading.ts";

test("numbers are IDs except those that mean no ID", () => {
  assert.is(readId("0"), 0);
  assert.is(readId("4294967294"), 4294967294);
  for (const text of ["65535", "4294967295", "4294967296", "007", "-1", "+1", "1 ", "1a", ""]) {
    assert.is(readId(text), undefined, text);
  }
});

test("digits that are not a valid ID are not a name", () => {
  for (const text of ["65535", "4294967295", "99999999999999", "007", "-1"])
    assert.throws(() => parseUserName(text), /expected a user or group name or a number/);
});

test("the relaxed and the strict rule for names are systemd's", () => {
  for (const name of ["web", "my.app", "a b", "DOMAIN\\user", "x@y", "ä", "-x"]) assert.is(parseUserName(name), name);
  for (const name of ["", ".", "..", " a", "a ", "a:b", "a/b", "a\nb"])
    assert.throws(() => parseUserName(name), /expected a user or group name or a number/);
  for (const name of ["web", "_x", "A-1", "x".repeat(31)]) assert.ok(isStrictName(name));
  for (const name of ["my.app", "1x", "-x", "", "x".repeat(32)]) assert.not(isStrictName(name));
});

test("unsigned numbers have systemd's bases", () => {
  assert.is(readUnsigned("10"), 10n);
  assert.is(readUnsigned("0x1F"), 31n);
  assert.is(readUnsigned("010"), 8n);
  assert.is(readUnsigned("0b11"), 3n);
  for (const text of ["", "08", "-1", "1e3", "x"]) assert.is(readUnsigned(text), undefined);
  assert.is(parse(integer(-20, 19), "-20"), -20);
  assert.throws(() => parse(integer(-20, 19), "20"), /expected .*-20.*19/);
});

test("limits have soft and hard parts in their own units", () => {
  const same = (value: bigint): unknown => ({ soft: value, hard: value });
  assert.equal(parse(limit("count"), "1024:524288"), { soft: 1024n, hard: 524288n });
  assert.equal(parse(limit("count"), "infinity"), same(INFINITY));
  assert.equal(parse(limit("bytes"), "1K:infinity"), { soft: 1024n, hard: INFINITY });
  assert.equal(parse(limit("seconds"), "1.2s"), same(2n));
  assert.equal(parse(limit("seconds"), "2min"), same(120n));
  assert.equal(parse(limit("microseconds"), "500"), same(500n));
  assert.equal(parse(limit("microseconds"), "1ms"), same(1000n));
});

test("nice limits are levels with a sign and raw without", () => {
  assert.is(parse(limit("nice"), "+19").soft, 1n);
  assert.is(parse(limit("nice"), "-20").soft, 40n);
  assert.is(parse(limit("nice"), "0").soft, 0n);
  for (const text of ["+20", "-21", "41", "infinity", "x"])
    assert.throws(() => parse(limit("nice"), text), undefined, text);
});

test("invalid limits are refused", () => {
  for (const text of ["2:1", "x", "1:", ":1", "1:2:3", "-1"])
    assert.throws(() => parse(limit("count"), text), undefined, text);
});

test("signals are names, numbers or offsets in the realtime range", () => {
  assert.is(readSignal("SIGTERM"), 15);
  assert.is(readSignal("KILL"), 9);
  assert.is(readSignal("31"), 31);
  assert.is(readSignal("RTMIN+3"), 37);
  assert.is(readSignal("SIGRTMAX-1"), 63);
  for (const text of ["", "SIG", "TERMS", "0", "65", "RTMIN-1", "RTMAX-40"])
    assert.is(readSignal(text), undefined, text);
  assert.is(signalName(15), "SIGTERM");
  assert.is(signalName(37), "SIGRTMIN+3");
});

test("specifiers come from the unit's name, from constants and lazily from the host", () => {
  const asked: string[] = [];
  const specifiers = specifiersOf("a-b@x-y\\x2dz.service", (fact) => {
    asked.push(fact);
    return `<${fact}>`;
  });
  const expand = (text: string): string => expandSpecifiers(text, specifiers);
  assert.is(expand("%n %N %p %i %I %j %J %f"), "a-b@x-y\\x2dz.service a-b@x-y\\x2dz a-b x-y\\x2dz x/y-z b b /x/y-z");
  assert.is(
    expand("%t %S %C %L %E %d %T %V"),
    "/run /var/lib /var/cache /var/log /etc /run/credentials/a-b@x-y\\x2dz.service /tmp /var/tmp",
  );
  assert.is(expand("%u %U %g %G %h"), "root 0 root 0 /root");
  assert.equal(asked, []);
  assert.is(expand("%b %m %v %a %H %o"), "<bootId> <machineId> <kernelRelease> <architecture> <hostName> <ID>");
  assert.is(expand("100%% 50% x% %"), "100% 50% x% %");
});

test("a name that is no escaped path becomes none", () => {
  const specifiers = specifiersOf("a-b@x-y.service", () => "", { decode: literally });
  assert.is(expandSpecifiers("%p %P %i %I %j %J %f", specifiers), "a-b a-b x-y x-y b b /x-y");
});

test("an unknown specifier is refused", () => {
  const specifiers = specifiersOf("web.service", () => "");
  assert.throws(
    () => expandSpecifiers("a%zb", specifiers),
    (error: unknown) => error instanceof InvalidValueError && error.found === "%z",
  );
});

const reading = recordReading((text) => text.replaceAll("%n", "web.service"));

test("command lines have words, separators and escaped semicolons", () => {
  const commands = parseCommandLines(String.raw`/bin/a "x y" %n \x41 \q \; ";" ; /bin/b ;`, reading);
  assert.equal(
    commands.map((one) => one.argv),
    [["/bin/a", "x y", "web.service", "A", "\\q", ";", ";"], ["/bin/b"]],
  );
});

test("prefixes select privileges and expansion of a command", () => {
  const [one] = parseCommandLines("-@:+/bin/a name b", reading);
  assert.equal(one, {
    file: "/bin/a",
    argv: ["name", "b"],
    mayFail: true,
    expand: false,
    privileges: "full",
  });
  assert.is(parseCommandLines("!/bin/a", reading)[0]!.privileges, "keepUser");
  assert.is(parseCommandLines("!!/bin/a", reading)[0]!.privileges, "service");
  assert.is(parseCommandLines("sh -c true", reading)[0]!.file, "sh");
});

test("an invalid command is fatal unless its failure is ignored", () => {
  for (const text of ["bin/a", "/bin/", '/bin/a "x', "@/bin/a", "", "+!/bin/a", "/bin/../a"].filter(
    (one) => one !== "",
  )) {
    assert.throws(
      () => parseCommandLines(text, reading),
      (error: unknown) => error instanceof FatalValueError,
      text,
    );
  }
  assert.throws(
    () => parseCommandLines("-bin/a", reading),
    (error: unknown) => !(error instanceof FatalValueError),
  );
});

test.run();
