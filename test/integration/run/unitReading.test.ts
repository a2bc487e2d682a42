import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DYNUSER, type Laboratory, openLaboratory } from "../../support/hosts/comparisonHost.ts";

/** Below /etc/systemd/system of the reference: files with their text, links with their target after `->`. */
type Tree = Readonly<Record<string, string>>;

const SYSTEM = "/etc/systemd/system";
const OUTPUT = "/run/reading";

let laboratory: Laboratory;

test.before(async () => {
  laboratory = await openLaboratory();
});

test.after(() => laboratory?.stop());

/** Says which settings counted, and what the specifiers are. */
const ECHO = `[Service]\nType=oneshot\nStandardOutput=append:${OUTPUT}\nExecStart=:/usr/bin/env printf %%s,%%s,%%s,%%s,%%s\\n %n %N %p %i %j\n`;
const add = (text: string) => `[Service]\nExecStart=:/bin/echo ${text} %y\n`;
const others = "/usr/lib/systemd/system";

const CASES: readonly { readonly title: string; readonly unit: string; readonly tree: Tree }[] = [
  { title: "a plain unit", unit: "rd.service", tree: { "rd.service": ECHO } },
  {
    title: "drop-ins in the order of their names, wherever they lie",
    unit: "rd-a-b.service",
    tree: {
      "rd-a-b.service": ECHO,
      "rd-a-b.service.d/50-own.conf": add("own"),
      "rd-a-.service.d/40-prefix.conf": add("prefix"),
      "rd-.service.d/60-shorter.conf": add("shorter"),
      "service.d/55-all.conf": `[Service]\nEnvironment=ALL=1\nExecStart=/usr/bin/printenv ALL\n`,
      "rd-a-b.service.d/README": add("no conf"),
    },
  },
  {
    title: "the drop-in that is more special counts of two with one name",
    unit: "rd-a.service",
    tree: {
      "rd-a.service": ECHO,
      "rd-.service.d/10.conf": add("general"),
      "rd-a.service.d/10.conf": add("special"),
      "rd-.service.d/20.conf": add("masked"),
      "rd-a.service.d/20.conf": "-> /dev/null",
    },
  },
  {
    title: "an instance of a template, with drop-ins of both",
    unit: "rd@one-two.service",
    tree: {
      "rd@.service": ECHO,
      "rd@.service.d/1.conf": add("template %I"),
      "rd@one-two.service.d/2.conf": add("instance %f"),
    },
  },
  {
    title: "an instance with its own unit file",
    unit: "rd@own.service",
    tree: { "rd@.service": add("template"), "rd@own.service": ECHO },
  },
  {
    title: "an alias is the unit that it leads to",
    unit: "rd-alias.service",
    tree: {
      "rd-real.service": ECHO,
      "rd-alias.service": "-> rd-real.service",
      "rd-real.service.d/1.conf": add("real"),
      "rd-alias.service.d/2.conf": add("alias"),
    },
  },
  {
    title: "a link to a file elsewhere keeps its name",
    unit: "rd-linked.service",
    tree: { "/srv/elsewhere.service": ECHO, "rd-linked.service": "-> /srv/elsewhere.service" },
  },
  { title: "a masked unit", unit: "rd-masked.service", tree: { "rd-masked.service": "-> /dev/null" } },
  { title: "an empty unit", unit: "rd-empty.service", tree: { "rd-empty.service": "" } },
  {
    title: "a unit in /etc before the one of a package, with the package's drop-ins",
    unit: "rd-two.service",
    tree: {
      [`${others}/rd-two.service`]: add("package"),
      "rd-two.service": ECHO,
      [`${others}/rd-two.service.d/5.conf`]: add("its drop-in"),
    },
  },
  {
    title: "all specifiers",
    unit: "rd-spec@x\\x2dy-z.service",
    tree: {
      "rd-spec@.service": `[Service]\nType=oneshot\nStandardOutput=append:${OUTPUT}\nExecStart=:/bin/echo ${"n N p P i I j J t S C L E D d T V u U g G h s b m v a H l q f y Y o w W A B M"
        .split(" ")
        .map((letter) => `%${letter}`)
        .join("|")}|%%\n`,
    },
  },
];

for (const { title, unit, tree } of CASES) {
  test(`a unit is read as by systemd: ${title}`, () => {
    const { root, run } = laboratory.reference;
    const places = Object.entries(tree).map(([path, text]) => plant(root, path, text));
    try {
      run(["systemctl", "daemon-reload"]);
      rmSync(root + OUTPUT, { force: true });
      const isStarted = run(["systemctl", "start", unit]).status === 0;
      const expected = read();
      const { status, stderr } = run([DYNUSER, "run", "--unit", unit]);
      assert.is(status === 0, isStarted, stderr);
      assert.is(read(), expected);
      assert.is(expected === "", !isStarted);
    } finally {
      for (const place of places) rmSync(place, { recursive: true, force: true });
    }
  });
}

function plant(root: string, path: string, text: string): string {
  const place = path.startsWith("/") ? root + path : `${root}${SYSTEM}/${path}`;
  mkdirSync(dirname(place), { recursive: true });
  const target = /^-> (.*)$/.exec(text)?.[1];
  if (target === undefined) writeFileSync(place, text);
  else symlinkSync(target, place);
  return place.includes(".d/") ? dirname(place) : place;
}

function read(): string {
  const { stdout } = laboratory.reference.run(["cat", OUTPUT]);
  laboratory.reference.run(["rm", "-f", OUTPUT]);
  return stdout;
}

test.run();
