import { test } from "uvu";
import * as assert from "uvu/assert";
import { FatalValueError, InvalidValueError, UserErrors } from "../../src/errors.ts";
import { type Directive, directive, imply } from "../../src/model/directive.ts";
import { readFlag } from "../../src/settings/flags.ts";
import { MAXIMA, readService } from "../../src/settings/read.ts";
import type { Setting } from "../../src/settings/setting.ts";
import { boolean } from "../../src/values/boolean.ts";
import { choiceOrBoolean } from "../../src/values/choice.ts";
import { pathList } from "../../src/values/path.ts";

const row = { summary: "s", support: "full", effect: "neutral" } as const;
const System = directive({
  ...row,
  name: "ProtectSystem",
  value: choiceOrBoolean(["no", "yes", "full", "strict"], "yes"),
});
const Read = directive({
  ...row,
  name: "ReadOnlyPaths",
  value: pathList,
  aliases: ["ReadOnlyDirectories"],
  resets: ["ReadWritePaths"],
});
const Write = directive({ ...row, name: "ReadWritePaths", value: pathList });
const Bound = directive({
  ...row,
  name: "Bound",
  value: {
    syntax: "x",
    parse: (text: string) => text,
    merge: (a: string, b: string) => `${a}+${b}`,
    acceptsEmpty: true,
  },
});
const Fatal = directive({
  ...row,
  name: "Fatal",
  value: {
    syntax: "x",
    parse: (text: string): string => {
      throw text === "soft" ? new InvalidValueError(text, "y") : new FatalValueError(text, "y");
    },
  },
});
const Refused = directive({
  ...row,
  name: "Refused",
  value: boolean,
  support: "refused",
  deviation: "no such thing, use Bound=",
});
const Ignored = directive({
  ...row,
  name: "Ignored",
  value: boolean,
  support: "ignored",
  deviation: "engines do this",
});
const Strict = directive({
  ...row,
  name: "Strict",
  value: boolean,
  implies: () => [imply({ directive: System, value: () => "strict" as const })],
  check: (value, service) => (value && service.get(Bound) === "bad" ? ["cannot honour Strict=: found Bound=bad"] : []),
});

const ROWS: readonly Directive[] = [System, Read, Write, Bound, Fatal, Refused, Ignored, Strict];
const vocabulary = {
  directives: new Map(ROWS.flatMap((one) => [one.name, ...(one.aliases ?? [])].map((name) => [name, one] as const))),
  specifiers: (letter: string) => (letter === "S" ? "/var/lib" : undefined),
};

function lines(text: string): readonly Setting[] {
  return text.split("\n").map((line, index) => ({ ...readFlag(line), lenient: true, place: `u.service:${index + 1}` }));
}

function flags(text: string): readonly Setting[] {
  return text.split("\n").map(readFlag);
}

function refuses(settings: readonly Setting[], ...problems: readonly string[]): void {
  assert.throws(
    () => readService(settings, vocabulary),
    (error: unknown) => {
      assert.instance(error, UserErrors);
      assert.equal((error as UserErrors).problems, problems);
      return true;
    },
  );
}

test("later scalars replace, lists append, empty assignments reset, aliases are the same setting", () => {
  const { service, warnings } = readService(
    flags(
      "ProtectSystem=full\nProtectSystem=yes\nReadOnlyPaths=/a\nReadOnlyPaths=\nReadOnlyPaths=/b\nReadOnlyDirectories=%S/c",
    ),
    vocabulary,
  );
  assert.is(service.get(System), "yes");
  assert.equal(
    service.get(Read)?.map((one) => one.path),
    ["/b", "/var/lib/c"],
  );
  assert.equal(warnings, []);
});

test("an empty assignment resets what it shares a list with, and is a value where the directive says so", () => {
  const { service } = readService(flags("ReadWritePaths=/a\nReadOnlyPaths=\nBound=x\nBound="), vocabulary);
  assert.is(service.get(Write), undefined);
  assert.is(service.get(Bound), "x+");
});

test("a bad value names directive, found, expected and place", () => {
  refuses(
    flags("ProtectSystem=stict"),
    'cannot read ProtectSystem=: found "stict", expected no, yes, full or strict, did you mean strict? (-p)',
  );
});

test("an unknown directive suggests a near one, whatever its case", () => {
  refuses(
    flags("protectsystm=yes"),
    "cannot read protectsystm=: unknown to systemd 262, did you mean ProtectSystem? (-p)",
  );
  refuses(flags("Something=yes"), "cannot read Something=: unknown to systemd 262 (-p)");
});

test("all mistakes are reported", () => {
  refuses(
    flags("ProtectSystem=x\nNope=1\nReadOnlyPaths=a /b ../c %y"),
    'cannot read ProtectSystem=: found "x", expected no, yes, full or strict (-p)',
    "cannot read Nope=: unknown to systemd 262 (-p)",
    'cannot read ReadOnlyPaths=: found "a", expected an absolute path (-p)',
    'cannot read ReadOnlyPaths=: found "../c", expected an absolute path (-p)',
    'cannot read ReadOnlyPaths=: found "%y", expected a specifier that is known, or %% for a percent sign (-p)',
  );
});

test("in a unit file mistakes are warnings and the rest stays", () => {
  const { service, warnings } = readService(
    lines("ProtectSystem=full\nProtectSystem=x\nNope=1\nX-Mine=1\nReadOnlyPaths=a /b"),
    vocabulary,
  );
  assert.is(service.get(System), "full");
  assert.equal(
    service.get(Read)?.map((one) => one.path),
    ["/b"],
  );
  assert.equal(warnings, [
    'ignoring ProtectSystem=: found "x", expected no, yes, full or strict (u.service:2)',
    "ignoring Nope=: unknown to systemd 262 (u.service:3)",
    'ignoring ReadOnlyPaths=: found "a", expected an absolute path (u.service:5)',
  ]);
});

test("what systemd refuses to start with is an error in a unit file too", () => {
  refuses(lines("Fatal=hard"), 'cannot read Fatal=: found "hard", expected y (u.service:1)');
  assert.equal(readService(lines("Fatal=soft"), vocabulary).warnings, [
    'ignoring Fatal=: found "soft", expected y (u.service:1)',
  ]);
});

test("a refused directive is refused with its reason, in a unit file too, unless it is off", () => {
  refuses(lines("Refused=yes"), "cannot honour Refused=: no such thing, use Bound= (u.service:1)");
  readService(flags("Refused=no\nRefused="), vocabulary);
});

test("an ignored directive warns with its reason", () => {
  assert.equal(readService(flags("Ignored=yes"), vocabulary).warnings, ["ignoring Ignored=: engines do this (-p)"]);
});

test("implications are added and combinations checked before anything else happens", () => {
  const { service } = readService(flags("ProtectSystem=no\nStrict=yes"), vocabulary);
  assert.is(service.get(System), "strict");
  assert.is(service.impliedBy(System), Strict);
  refuses(flags("Strict=yes\nBound=bad"), "cannot honour Strict=: found Bound=bad");
});

test("a flag without an equals sign is refused", () => {
  assert.throws(() => readFlag("ProtectSystem"), 'cannot read -p: found "ProtectSystem", expected Name=Value');
  assert.equal(readFlag("Environment=A=b c"), { name: "Environment", value: "A=b c", place: "-p", lenient: false });
});

test("the steps of merging grow with n log n, and more settings than the maximum are refused", () => {
  let copied = 0;
  const value = {
    syntax: "text",
    parse: (text: string) => [text],
    merge: (earlier: readonly string[], later: readonly string[]) => {
      copied += earlier.length + later.length;
      return [...earlier, ...later];
    },
  };
  const Paths = directive<readonly string[]>({ ...row, name: "Paths", value });
  const vocabulary = { directives: new Map([["Paths", Paths as Directive]]), specifiers: () => undefined };
  const settings = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ name: "Paths", value: `/${index}`, place: "x:1", lenient: false }));
  const { service } = readService(settings(MAXIMA.settings), vocabulary);
  assert.equal(
    service.get(Paths),
    settings(MAXIMA.settings).map(({ value: text }) => text),
  );
  assert.ok(copied <= MAXIMA.settings * Math.ceil(Math.log2(MAXIMA.settings)), String(copied));
  const problem = /^cannot read the settings: found 100000 settings, expected 8192 at most \(x:1\)$/;
  assert.throws(() => readService(settings(100_000), vocabulary), problem);
  const wide = [{ name: "Paths", value: "-/x ".repeat(100_000), place: "x:1", lenient: false }];
  assert.throws(() => readService(wide, vocabulary), "found 100000 words, expected 8192 at most");
});

test.run();
