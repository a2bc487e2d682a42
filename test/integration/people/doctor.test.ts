import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { dynuser } from "../../support/hosts/dynuser.ts";
import { withScratch } from "../../support/hosts/scratch.ts";

interface Finding {
  readonly area: string;
  readonly state: "ok" | "warning" | "problem";
  readonly text: string;
  readonly remedy?: string;
}

function findings(...args: readonly string[]): { readonly code: number | null; readonly found: readonly Finding[] } {
  const { code, output, errors } = dynuser(["doctor", "--json", ...args]);
  assert.is(errors, "");
  return { code, found: JSON.parse(output).findings };
}

test("this host is looked at in every area", () => {
  const { code, found } = findings();
  assert.is(code, found.some(({ state }) => state === "problem") ? 1 : 0);
  const areas = new Set(found.map(({ area }) => area));
  for (const area of ["kernel", "cgroups", "ID-mapped mounts", "low-level runtimes", "engines", "hooks", "leases"])
    assert.ok(areas.has(area), `nothing about ${area}`);
  assert.ok(found.every(({ state, remedy }) => state === "ok" || remedy !== undefined));
});

test("the report has one line per finding, without colours in a pipe", () => {
  const { output } = dynuser(["doctor"]);
  assert.match(output, /^ok +kernel +Linux/m);
  assert.not.match(output, /\x1b/);
});

test("without root the doctor reports what it can read", () => {
  const { code, output, errors } = dynuser(["doctor"], { uid: 65534, cwd: "/" });
  assert.is(errors, "");
  assert.match(output, /^warning +privileges +this is user 65534/m);
  assert.ok(code === 0 || code === 1);
});

interface Tree {
  readonly script?: string;
  readonly mode?: number;
  readonly directoryMode?: number;
  readonly user?: string;
}

/** An image with one entry point. */
function withImage(
  { script = "#!/bin/sh\nexec true\n", mode = 0o755, directoryMode = 0o755, user = "" }: Tree,
  use: (config: string) => void,
): void {
  withScratch((directory) => {
    for (const path of ["bin", "app"]) mkdirSync(`${directory}/rootfs/${path}`, { recursive: true });
    writeFileSync(`${directory}/rootfs/bin/sh`, "\x7fELF");
    writeFileSync(`${directory}/rootfs/app/start`, script);
    chmodSync(`${directory}/rootfs`, 0o755);
    chmodSync(`${directory}/rootfs/bin/sh`, 0o755);
    chmodSync(`${directory}/rootfs/app/start`, mode);
    chmodSync(`${directory}/rootfs/app`, directoryMode);
    const config = { config: { User: user, Entrypoint: ["/app/start"], WorkingDir: "/" } };
    writeFileSync(`${directory}/config.json`, JSON.stringify(config));
    use(`${directory}/config.json`);
  });
}

const IMAGES: readonly (readonly [title: string, tree: Tree, code: number, expected: RegExp])[] = [
  ["an open image is fine", {}, 0, /^ok entry point: \/app\/start can be executed by every user/m],
  ["the user of the image is reported", { user: "www-data" }, 0, /^ok user: the image starts as www-data/m],
  ["a file that is root's alone is a problem", { mode: 0o700 }, 1, /^problem entry point: others .* \/app\/start/m],
  [
    "a script has to be readable, too",
    { mode: 0o711 },
    1,
    /^problem entry point: others .* read and execute \/app\/start/m,
  ],
  [
    "a closed directory on the way is a problem",
    { directoryMode: 0o700 },
    1,
    /^problem entry point: others .* enter \/app,/m,
  ],
  [
    "an interpreter that is not there is a problem",
    { script: "#!/bin/bash\n" },
    1,
    /^problem entry point: found no \/bin\/bash/m,
  ],
  [
    "starting as root to become another is foreseen",
    { script: '#!/bin/sh\nexec gosu app "$@"\n' },
    0,
    /^warning entry point: .* gosu \(line 2\)/m,
  ],
  ["a comment is no step", { script: "#!/bin/sh\n# gosu, chown\nexec true\n" }, 0, /^ok entry point/m],
  ["set-ID programs do nothing", { mode: 0o4755 }, 0, /^warning set-ID programs: 1 .*\/app\/start/m],
];

for (const [title, tree, code, expected] of IMAGES) {
  test(title, () => {
    withImage(tree, (config) => {
      const { code: ended, found } = findings("image", config);
      assert.match(found.map(({ area, state, text }) => `${state} ${area}: ${text}`).join("\n"), expected);
      assert.is(ended, code);
    });
  });
}

for (const [title, args, error] of [
  ["no image", ["image"], /missing operand: expected DIR\|config\.json/],
  ["an image that is not there", ["image", "/nowhere"], /found nothing there/],
  ["an unknown operand", ["host"], /unexpected operand "host"/],
] as const) {
  test(`one error is printed: ${title}`, () => {
    const { code, errors } = dynuser(["doctor", ...args]);
    assert.is(code, 125);
    assert.match(errors, error);
    assert.is(errors.match(/^dynuser: /gm)?.length, 1);
  });
}

test.run();
