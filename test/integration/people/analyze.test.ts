import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DYNUSER, dynuser, RUNTIMES, startDynuser } from "../../support/hosts/dynuser.ts";
import { command, shell, withScratch } from "../../support/hosts/scratch.ts";
import { PLAIN_CGROUPS } from "../../support/hosts/testHost.ts";

interface Answer {
  readonly title: string;
  readonly before: { readonly exposure: number; readonly level: string };
  readonly after: { readonly exposure: number };
  readonly rows: readonly { readonly json_field: string; readonly after: { readonly badness: number | null } }[];
  readonly files: readonly { readonly path: string; readonly access: string; readonly owners: readonly string[] }[];
}

function analyze(...args: readonly string[]): Answer {
  const { code, output, errors } = dynuser(["analyze", "--json", ...args]);
  assert.is(code, 0, errors);
  return JSON.parse(output);
}

/** A bundle of one's own, as `runc spec` makes it. */
function withBundle(annotations: Readonly<Record<string, string>>, use: (bundle: string) => void): void {
  withScratch((directory) => {
    mkdirSync(`${directory}/rootfs/etc`, { recursive: true });
    command("runc", "spec", "--bundle", directory);
    const config = JSON.parse(readFileSync(`${directory}/config.json`, "utf8"));
    writeFileSync(`${directory}/config.json`, JSON.stringify({ ...config, annotations }));
    use(directory);
  });
}

test("a bundle is looked at as it is, and as it becomes", () => {
  withBundle({}, (bundle) => {
    const plain = analyze("--bundle", bundle);
    assert.is(plain.before.exposure, plain.after.exposure);
    const tightened = analyze("--bundle", bundle, "-p", "DynamicUser=yes", "-p", "ProtectClock=yes");
    assert.is(tightened.before.exposure, plain.before.exposure);
    assert.ok(tightened.after.exposure < plain.after.exposure);
  });
});

test("what a bundle asks for itself counts", () => {
  withBundle({ "dynuser/DynamicUser": "yes", "dynuser/StateDirectory": "analyzed-web" }, (bundle) => {
    const { before, after, files } = analyze("--bundle", bundle);
    assert.ok(after.exposure < before.exposure);
    assert.ok(files.some(({ path, owners }) => path.endsWith("/analyzed-web") && owners.includes("StateDirectory")));
  });
});

test("nothing is left behind by looking", () => {
  withBundle({ "dynuser/DynamicUser": "yes", "dynuser/StateDirectory": "analyzed-web" }, (bundle) => {
    const before = readFileSync(`${bundle}/config.json`, "utf8");
    analyze("--bundle", bundle);
    assert.is(readFileSync(`${bundle}/config.json`, "utf8"), before);
    assert.is(
      shell(
        "ls -d /var/lib/analyzed-web /var/lib/private/analyzed-web /run/dynuser/holders/analyzed 2>/dev/null || true",
      ),
      "",
    );
  });
});

for (const runtime of RUNTIMES) {
  test(`a service that runs under ${runtime} is found by its name`, async () => {
    const settings = ["--runtime", runtime, "--name", "analyzed", "-p", "DynamicUser=yes", "-p", "ProtectHome=yes"];
    const started = startDynuser(["run", ...settings, "--", "sh", "-c", "echo up; exec sleep 60"]);
    try {
      await started.until("up");
      const foreseen = analyze(...settings);
      const found = analyze("--container", "analyzed");
      assert.is(found.after.exposure, foreseen.after.exposure);
      assert.is(found.before.level, foreseen.before.level);
    } finally {
      process.kill(started.pid, "SIGTERM");
      await started.ended;
    }
    const { code, errors } = dynuser(["analyze", "--container", "analyzed"]);
    assert.is(code, 125);
    assert.match(errors, /^dynuser: cannot look at container "analyzed": found no container of that ID, .*\n$/);
  });
}

const IN_BUNDLE = `cd "$1"; shift; ${PLAIN_CGROUPS}; exec "$@" </dev/null >/dev/null 2>&1`;

for (const runtime of RUNTIMES) {
  test(`a container of ${runtime} by hand is found by its ID or a prefix of it`, () => {
    withBundle({}, (bundle) => {
      const call = (...args: readonly string[]) =>
        command("unshare", "-m", "sh", "-euc", IN_BUNDLE, "sh", bundle, runtime, ...args);
      shell('cp /bin/busybox "$1/rootfs/sleep"', bundle);
      const config = JSON.parse(readFileSync(`${bundle}/config.json`, "utf8"));
      const process = { ...config.process, terminal: false, args: ["/sleep", "60"] };
      writeFileSync(`${bundle}/config.json`, JSON.stringify({ ...config, process }));
      const id = `analyzed-by-${runtime}`;
      call("run", "--detach", id);
      try {
        const { title, before, after } = analyze("--container", id.slice(0, -1));
        assert.is(title, id);
        assert.is(after.exposure, analyze("--bundle", bundle).after.exposure);
        assert.is(before.exposure, after.exposure);
      } finally {
        call("delete", "--force", id);
      }
    });
  });
}

test("exposure above the threshold is a failure", () => {
  const settings = ["-p", "DynamicUser=yes"];
  assert.is(dynuser(["analyze", "--threshold", "100", ...settings]).code, 0);
  assert.is(dynuser(["analyze", "--threshold", "20", ...settings]).code, 1);
});

const MISTAKES: readonly (readonly [title: string, args: readonly string[], error: RegExp])[] = [
  ["an unknown option", ["--nonsense"], /unknown option --nonsense/],
  ["a word too many", ["web"], /unexpected operand "web"/],
  ["a threshold that is none", ["--threshold", "high"], /found "high", expected 0 to 100/],
  ["a bundle that is not there", ["--bundle", "/nowhere"], /"\/nowhere\/config.json"/],
  ["a bundle and a container", ["--bundle", "/", "--container", "x"], /both/],
  ["a unit that is not there", ["--unit", "/nowhere.service"], /nowhere\.service/],
  ["a directive that is none", ["-p", "Nonsense=yes"], /Nonsense=/],
  [
    "a page that cannot be written",
    ["--html", "/nowhere/page.html"],
    /"\/nowhere\/page.html": .*No such file or directory/,
  ],
];

for (const [title, args, error] of MISTAKES) {
  test(`one error is printed: ${title}`, () => {
    const { code, errors } = dynuser(["analyze", ...args]);
    assert.is(code, 125);
    assert.match(errors, error);
    assert.is(errors.match(/^dynuser: /gm)?.length, 1, errors);
  });
}

test("a config that is no JSON is reported in one line", () => {
  withScratch((directory) => {
    writeFileSync(`${directory}/config.json`, "{");
    const { code, errors } = dynuser(["analyze", "--bundle", directory]);
    assert.is(code, 125);
    assert.match(errors, /^dynuser: cannot read .*config\.json.*\n$/);
  });
});

test("a reader that goes away early is no error", () => {
  assert.is(
    shell('"$1" analyze -p DynamicUser=yes | head -n 1 >/dev/null; echo "$' + '{PIPESTATUS[0]}"', DYNUSER),
    "0\n",
  );
});

test.after(() => rmSync("/tmp/dynuser-65534", { recursive: true, force: true }));

test("without root analyze explains that it needs root, in one line", () => {
  const { code, errors } = dynuser(["analyze", "-p", "DynamicUser=yes"], { uid: 65534, cwd: "/" });
  assert.is(code, 125);
  assert.is(errors.trimEnd().split("\n").length, 1, errors);
  assert.not.match(errors, /internal error/);
});

test.run();
