import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Carried, carry } from "../../src/commands/convert/carry.ts";
import { formatKubernetes } from "../../src/commands/convert/kubernetes.ts";
import { formatPodman } from "../../src/commands/convert/podman.ts";
import { formatProfile } from "../../src/commands/convert/profile.ts";
import { formatQuadlet } from "../../src/commands/convert/quadlet.ts";
import { readSettings } from "../../src/commands/pipeline.ts";
import { readProfile } from "../../src/sources/profile.ts";
import { readUnitFile } from "../../src/sources/unitFile.ts";

const SAFE = { policy: "safe", maxima: {} } as const;

function carried(lines: string, name = "web.service"): Carried {
  const { settings } = readUnitFile(`[Service]\n${lines}`, name);
  return carry({ name, settings, service: readSettings(settings, { unit: name, door: "run" }).service }, SAFE);
}

test("directives become annotations in the unit's own words, one assignment on each line", () => {
  const { annotations } = carried("DynamicUser=yes\nReadOnlyPaths=/a\nReadOnlyPaths=/b /c\n");
  assert.equal(Object.fromEntries(annotations), { Name: "web", DynamicUser: "yes", ReadOnlyPaths: "/a\n/b /c" });
});

test("what the unit is called is written out, other specifiers stay", () => {
  const { name, annotations } = carried("StateDirectory=%p/%i\nEnvironment=A=%n B=%%i C=%H\n", "web@50%.service");
  assert.is(name, "web-50%");
  assert.is(annotations.get("StateDirectory"), "web/50%%");
  assert.is(annotations.get("Environment"), "A=web@50%%.service B=%%i C=%H");
});

test("what engines have words for becomes theirs", () => {
  const { argv, binds, network, restart, stopSignal, stopSeconds, runSeconds, annotations } = carried(
    "Environment=A=1\nExecStart=/bin/x ${A} $$B 'c d'\nBindReadOnlyPaths=/s:/t\nPrivateNetwork=yes\nRestart=on-abort\n" +
      "KillSignal=SIGINT\nTimeoutStopSec=1min\nRuntimeMaxSec=infinity\n",
  );
  assert.equal(argv, ["/bin/x", "1", "$B", "c d"]);
  assert.equal(
    binds.map(({ source, path, readOnly }) => ({ source, path, readOnly })),
    [{ source: "/s", path: "/t", readOnly: true }],
  );
  assert.equal([network, restart, stopSignal, stopSeconds, runSeconds], ["none", "on-failure", 2, 60, undefined]);
  assert.equal([...annotations.keys()], ["Name", "Environment"]);
});

test("what a container will not have is told with the reason", () => {
  const { leftOut } = carried(
    "ExecStartPre=/bin/a\nExecStart=/bin/x $HOME\nStandardOutput=file:/x\nReadWritePaths=/x\n",
  );
  const told = [
    "ExecStartPre=: the engine",
    "StandardOutput=: ",
    "ExecStart=: nobody puts in $HOME",
    "ReadWritePaths=: more",
  ];
  assert.is(leftOut.length, told.length);
  for (const [index, text] of told.entries()) assert.ok(leftOut[index]!.startsWith(text), leftOut[index]);
});

const UNIT =
  "DynamicUser=yes\nEnvironment=\"A=it's 5%%\"\nReadOnlyPaths=/a\nReadOnlyPaths=/b\nExecStart=/bin/x 'a b'\n";

test("words are quoted for a shell, for a unit file and for YAML 1.1", () => {
  const one = carried(UNIT);
  assert.is(
    formatPodman(one, "IMAGE"),
    `podman run \\
  --name web \\
  --runtime /usr/libexec/dynuser/crun \\
  --network host \\
  --annotation dynuser/Name=web \\
  --annotation dynuser/DynamicUser=yes \\
  --annotation '"dynuser/Environment=""A=it'\\''s 5%%"""' \\
  --annotation '"dynuser/ReadOnlyPaths=/a
/b"' \\
  IMAGE /bin/x 'a b'
`,
  );
  const quadlet = formatQuadlet(one, "IMAGE", new Map([["Unit", ["After=a.target"]]]));
  assert.match(quadlet, /^\[Unit\]\nAfter=a\.target\n\n\[Container\]\nImage=IMAGE\n/);
  assert.ok(quadlet.includes('Annotation="\\"dynuser/Environment=\\"\\"A=it\'s 5%%%%\\"\\"\\""\n'));
  assert.ok(quadlet.includes('Annotation="\\"dynuser/ReadOnlyPaths=/a\\n/b\\""\n'));
  assert.ok(formatKubernetes(one, "IMAGE").includes('dynuser/DynamicUser: "yes"\n'));
});

test("a profile says what the unit says, repeated and empty assignments in their order", async () => {
  const lines = [
    "UMask=0077",
    "ReadOnlyPaths=/a",
    "ReadOnlyPaths=",
    "ReadOnlyPaths=/b",
    "DynamicUser=yes",
    "Environment=a=#x: y",
  ];
  const { settings } = readUnitFile(`[Service]\n${lines.join("\n")}\n`, "x");
  const read = await readProfile(formatProfile(settings), "x.yaml");
  assert.equal(
    read.map(({ name, value }) => `${name}=${value}`),
    lines,
  );
});

test.run();
