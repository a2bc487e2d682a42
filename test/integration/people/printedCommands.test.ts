import { chmodSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { COMMANDS } from "../../../src/cli/table.ts";
import { podmanCommand, startPodman } from "../../support/engines/engines.ts";
import { IMAGE, makeRootfs } from "../../support/engines/image.ts";
import { install } from "../../support/hosts/installed.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";

/* Every command line that the documents, the manual pages, the examples and --help print, run as it stands there. */

const ROOT = join(import.meta.dirname, "../../..");

/** Not below /tmp, which is the service's own. */
const WORK = "/srv/work";

interface Printed {
  readonly place: string;
  readonly line: string;
}

/** What a machine for tests lacks, or another test does. */
const NOT_RUN: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^(?:npm|npx) |^bun (?:src|test)\/|^sh tools\//, "the checkout's own commands, with which this test is run"],
  [/--allow-net packages\./, "there is no network; allowNet.test.ts has one"],
  [/^kubectl |^helm /, "there is no cluster; kubernetes.test.ts and kubernetesInstaller.test.ts run the manifests"],
  [/^systemctl /, "there is no systemd; quadlet.test.ts and standby.test.ts start the unit"],
  [/^dynuser run (?:--pty -- top|-S )/, "waits for a person"],
  [/^dynuser doctor image/, "doctor.test.ts has images"],
  [/--container /, "analyze.test.ts has containers"],
];

/** Commands that print by their exit status what they have found. */
const ANSWERS: readonly (readonly [pattern: RegExp, statuses: readonly number[]])[] = [
  [/^dynuser doctor$/, [0, 1]],
  [/^dynuser uid (?:whois|history) /, [0, 1]], // no name had it here
  [/--threshold /, [0, 1]],
];

function printedIn(file: string): readonly Printed[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return (file.endsWith(".md") ? fencedLines(text) : manualLines(text)).map((line) => ({ place: file, line }));
}

/** Fenced blocks without a language, and those of a shell. */
function fencedLines(text: string): readonly string[] {
  const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```/gms)].filter(([, language]) => /^(?:sh)?$/.test(language!));
  return blocks.flatMap(([, , block]) => linesOf(block!));
}

/** Displayed lines, and displayed blocks that begin with a program. */
function manualLines(text: string): readonly string[] {
  const source = text.replaceAll("\\e", "\\").replaceAll("\\(aq", "'").replaceAll("\\&", "");
  const displayed = [...source.matchAll(/^\.Dl (.*)$/gm)].map(([, line]) => line!);
  const blocks = [...source.matchAll(/^\.Bd -literal.*?\n(.*?)^\.Ed/gms)].map(([, block]) => block!);
  return [...displayed, ...blocks.filter((block) => /^(?:dynuser|podman) /.test(block)).flatMap(linesOf)];
}

function linesOf(block: string): readonly string[] {
  const lines = block.replaceAll(/\\\n\s*/g, "").split("\n");
  return lines
    .map((line) => line.replace(/\s{2,}#.*$/, "").trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

function allCommands(commands = COMMANDS): typeof COMMANDS {
  return commands.flatMap((command) => [command, ...allCommands(command.commands ?? [])]);
}

const FILES = [
  "README.md",
  "CONTRIBUTING.md",
  ...globSync("{docs,examples}/**/*.md", { cwd: ROOT }),
  ...globSync("docs/man/*", { cwd: ROOT }),
];
const PRINTED: readonly Printed[] = [
  ...FILES.flatMap(printedIn),
  ...allCommands().flatMap(({ name, examples }) => examples.map((line) => ({ place: `${name} --help`, line }))),
];

/** A directory with what the lines name, and podman with images of their names. */
function furnish(host: TestHost): void {
  const { directory, sh } = host;
  const podman = startPodman(host);
  for (const name of ["docker.io/library/busybox", "docker.io/library/nginx", "localhost/web"])
    podman(["tag", IMAGE, name]);
  const wrapper = `#!/bin/sh\nexec ${podmanCommand(host, [])
    .join(" ")
    .replace(/podman$/, "/usr/bin/podman")} "$@"\n`;
  writeFileSync(join(directory, "wrapper"), wrapper, { mode: 0o755 });
  mkdirSync(join(directory, "data"));
  writeFileSync(join(directory, "serve"), "#!/bin/sh\nexit 0\n");
  writeFileSync(
    join(directory, "Makefile"),
    "all:\n\tid\ncheck:\n\tid\nresult:\n\ttouch result\nclean:\n\trm -f result\n",
  );
  writeFileSync(
    join(directory, "web.service"),
    "[Service]\nDynamicUser=yes\nStateDirectory=web\nExecStart=/bin/true\n",
  );
  writeFileSync(join(directory, "web.container"), "[Container]\nImage=localhost/web\n");
  for (const name of ["web.service", "web.container", "Makefile", "data", "serve"])
    chmodSync(join(directory, name), 0o755);
  makeRootfs(join(directory, "image"));
  makeRootfs(join(directory, "rootfs"));
  const { status, stderr } = sh(`set -e
    chmod 755 .
    mkdir -p dist/libexec; cp -r ${ROOT}/dist/. dist/
    cp -r ${ROOT}/examples ${ROOT}/hooks .
    mount -t tmpfs tmpfs /srv; mkdir /srv/image /srv/work; mount --bind image /srv/image
    cp -r dist examples hooks data serve Makefile web.service web.container /srv/work
    cp -r rootfs /srv/work; cp serve /srv/work/agent; chown -R 1000:1000 /srv/work
    mount -t tmpfs tmpfs /usr/local/bin; cp wrapper /usr/local/bin/podman
    dynuser run -p StateDirectory=web -p CacheDirectory=web --name web -- true`);
  assert.is(status, 0, stderr);
}

const printed = suite<{ host: TestHost }>("printed command lines");

printed.before.each(async (stage) => {
  stage.host = await openTestHost();
  install(stage.host);
  furnish(stage.host);
});
printed.after.each(({ host }) => host.close());

for (const place of new Set(PRINTED.map((one) => one.place))) {
  const lines = PRINTED.filter((one) => one.place === place && !NOT_RUN.some(([pattern]) => pattern.test(one.line)));
  if (lines.length === 0) continue;
  printed(`${place}: ${lines.length} lines work as they are printed`, ({ host }) => {
    const failures = lines.flatMap(({ line }) => {
      const { status, stderr } = host.run(["timeout", "--kill-after=1", "100", "sh", "-c", line], {
        cwd: WORK,
        env: { PATH: "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C" },
      });
      const allowed = ANSWERS.find(([pattern]) => pattern.test(line))?.[1] ?? [0];
      return allowed.includes(status ?? -1) ? [] : [`${line}: ${status}: ${stderr.slice(0, 400)}`];
    });
    assert.equal(failures, []);
  });
}

printed("each reason to leave a line out is that of a line", () => {
  const unused = NOT_RUN.filter(([pattern]) => !PRINTED.some(({ line }) => pattern.test(line)));
  assert.equal(
    unused.map(([pattern]) => pattern.source),
    [],
  );
});

const YAML = FILES.flatMap((file) => {
  const blocks = readFileSync(join(ROOT, file), "utf8").matchAll(
    /^```yaml\n(.*?)^```|^\.Bd -literal.*?\n(\w+:\n.*?)^\.Ed/gms,
  );
  return [...blocks].map(([, fenced, displayed], index) => ({
    name: `${file} ${index}`,
    text: (fenced ?? displayed)!,
  }));
});

for (const { name, text } of YAML) {
  printed(`${name}: the YAML is read`, ({ host }) => {
    const isConfiguration = /^engines:/m.test(text);
    writeFileSync(join(host.directory, "x.yaml"), text);
    const script = isConfiguration
      ? "mkdir -p /etc/dynuser; cp x.yaml /etc/dynuser/config.yaml; dynuser run -- true"
      : "dynuser run --profile x.yaml -- true";
    const { status, stderr } = host.sh(script);
    assert.is(status, 0, stderr);
  });
}

printed.run();
