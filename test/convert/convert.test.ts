import { test } from "uvu";
import * as assert from "uvu/assert";
import { carry } from "../../src/convert/carry.ts";
import { compose, formatCompose } from "../../src/convert/compose.ts";
import type { Form } from "../../src/convert/form.ts";
import { formatKubernetes, kubernetes } from "../../src/convert/kubernetes.ts";
import { formatPodman, podman } from "../../src/convert/podman.ts";
import { formatQuadlet, quadlet } from "../../src/convert/quadlet.ts";
import { readContainer } from "../../src/convert/quadletInput.ts";
import type { Translation } from "../../src/convert/translation.ts";
import { readProfile } from "../../src/settings/profile.ts";
import { formatProfile } from "../../src/settings/profileText.ts";
import { readUnitFile } from "../../src/settings/unitFile.ts";
import { readSettings } from "../../src/start/pipeline.ts";

const SAFE = { policy: "safe", maxima: {} } as const;
const TENANT = { policy: "tenant", maxima: {} } as const;

function carried(
  lines: string,
  { form = podman, name = "web.service" }: { form?: Form; name?: string } = {},
): Translation {
  const { settings } = readUnitFile(`[Service]\n${lines}`, name);
  const unit = { name, settings, service: readSettings(settings, { unit: name, mode: "run" }).service };
  return carry(unit, form.words, form.engine === "kubernetes" ? TENANT : SAFE);
}

test("directives become annotations in the unit's own words, one assignment on each line", () => {
  const { annotations } = carried("DynamicUser=yes\nReadOnlyPaths=/a\nReadOnlyPaths=/b /c\n");
  assert.equal(Object.fromEntries(annotations), { Name: "web", DynamicUser: "yes", ReadOnlyPaths: "/a\n/b /c" });
});

test("what the unit is called is written out, other specifiers stay", () => {
  const { name, annotations } = carried("DynamicUser=yes\nStateDirectory=%p/%i\nUnsetEnvironment=A=%n B=%%i C=%H\n", {
    name: "web@50%.service",
  });
  assert.is(name, "web-50%");
  assert.is(annotations.get("StateDirectory"), "web/50%%");
  assert.is(annotations.get("UnsetEnvironment"), "A=web@50%%.service B=%%i C=%H");
});

test("a setting that engines have an option for becomes that option", () => {
  const one = carried(
    "Environment=A=1\nExecStart=/bin/x ${A} $$B 'c d'\nBindReadOnlyPaths=/s:/t\nPrivateNetwork=yes\nRestart=on-abort\n" +
      "KillSignal=SIGINT\nTimeoutStopSec=1min\nRuntimeMaxSec=infinity\nUser=redis\nSupplementaryGroups=log\n" +
      "AmbientCapabilities=CAP_NET_ADMIN CAP_KILL\n",
  );
  const { command, volumes, network, restart, stopSignal, stopSeconds, runSeconds, environment } = one;
  assert.equal(command, ["/bin/x", "1", "$B", "c d"]);
  assert.equal(volumes, [{ source: "/s", path: "/t", options: ["ro", "rbind"] }]);
  assert.equal([network, restart, stopSignal, stopSeconds, runSeconds], ["none", "on-failure", 2, 60, undefined]);
  assert.equal(environment, { A: "1" });
  assert.equal([one.user, one.groups, one.capabilities], ["redis", ["log"], ["NET_ADMIN"]]);
});

test("a time of 0 or infinity to stop is no limit, and none is systemd's default", () => {
  const seconds = (line: string) => /--stop-timeout (\d+)/.exec(formatPodman(carried(line), "I"))![1];
  assert.equal(["TimeoutStopSec=0", "TimeoutSec=infinity", "", "TimeoutStopSec=300ms"].map(seconds), [
    "2147483647",
    "2147483647",
    "90",
    "1",
  ]);
});

test("what annotations may not have, and directories of a static user, are a profile", () => {
  const cases = ["DynamicUser=yes\nReadWritePaths=-/x", "User=web\nStateDirectory=web"];
  for (const lines of cases) {
    const { annotations, profile } = carried(`${lines}\n`);
    assert.equal(Object.fromEntries(annotations), { Name: "web", Profile: "web" });
    assert.ok(profile!.text.includes(lines.split("\n")[1]!.replace("=", ": ")), profile!.text);
  }
  assert.is(carried("UMask=0077").profile, undefined);
  assert.is(carried("UMask=0077", { form: kubernetes }).profile?.text, "UMask: 0077");
});

test("a setting that a container cannot have is reported with the reason, and is not in the output", () => {
  const one = carried(
    "Type=forking\nExecStartPre=/bin/a\nExecStart=/bin/x $HOME ${OTHER}\nStandardOutput=file:/x\nNoExecPaths=/\n" +
      "RuntimeDirectory=systemd/resolve\n",
  );
  const told = ["Type=forking: ", "ExecStartPre=: ", "StandardOutput=: ", "NoExecPaths=: ", "RuntimeDirectory=: "];
  assert.equal(
    one.leftOut.map((line) => told.find((text) => line.startsWith(text))),
    told,
  );
  assert.not.match(formatPodman(one, "I"), /ExecStartPre|StandardOutput|NoExecPaths|RuntimeDirectory/);
  assert.ok(one.notes.some((line) => line.includes("$HOME, which is known at the start only")));
  assert.ok(one.notes.some((line) => line.includes("$OTHER, which the unit does not set")));
});

test("a variable that the shell of the command expands needs no remark", () => {
  assert.equal(
    carried("DynamicUser=yes\nStateDirectory=web\nExecStart=/bin/sh -c 'echo $STATE_DIRECTORY $X'\n").notes,
    ["the image needs /bin/sh"],
  );
  assert.equal(carried("DynamicUser=yes\nStateDirectory=web\nExecStart=/bin/x ${STATE_DIRECTORY}\n").command, [
    "/bin/x",
    "/var/lib/web",
  ]);
});

test("several commands of a oneshot service are one of a shell", () => {
  const { command } = carried("Type=oneshot\nExecStart=/bin/a 'b c'\nExecStart=/bin/d\n");
  assert.equal(command, ["/bin/sh", "-c", "/bin/a 'b c' && /bin/d"]);
});

const UNIT =
  "DynamicUser=yes\nEnvironment=\"A=it's 5%%\"\nReadOnlyPaths=/a\nReadOnlyPaths=/b\nExecStart=/bin/x 'a b' '$$(A)'\n";

test("words are quoted for a shell, for a unit file, for Compose and for YAML 1.1", () => {
  assert.is(
    formatPodman(carried(UNIT), "IMAGE"),
    `podman run \\
  --replace --name web \\
  --runtime /usr/libexec/dynuser/crun \\
  --network host \\
  --stop-timeout 90 \\
  --env 'A=it'\\''s 5%' \\
  --annotation dynuser/Name=web \\
  --annotation dynuser/DynamicUser=yes \\
  --annotation '"dynuser/ReadOnlyPaths=/a
/b"' \\
  --entrypoint /bin/x \\
  IMAGE 'a b' '$(A)'
`,
  );
  const quadletText = formatQuadlet(carried(UNIT, { form: quadlet }), "IMAGE", new Map([["Unit", ["After=a.target"]]]));
  assert.match(quadletText, /^\[Unit\]\nAfter=a\.target\n\n\[Container\]\nImage=IMAGE\n/);
  assert.ok(quadletText.includes('Environment="A=it\'s 5%%"\n'), quadletText);
  assert.ok(quadletText.includes('Annotation="\\"dynuser/ReadOnlyPaths=/a\\n/b\\""\n'));
  const pod = formatKubernetes(carried(UNIT, { form: kubernetes }), "IMAGE");
  assert.ok(pod.includes('dynuser/DynamicUser: "yes"\n'), pod);
  assert.ok(pod.includes("- $$(A)\n"), pod);
  assert.ok(formatCompose(carried(UNIT, { form: compose }), "IMAGE").includes("- $$(A)\n"));
});

test("a Quadlet file that convert wrote is read as what it was made of", () => {
  const lines =
    "DynamicUser=yes\nReadOnlyPaths=/a\nReadOnlyPaths=/b\nEnvironment='A=b c'\nLimitNOFILE=512:1024\nLimitNPROC=64\n" +
    "WorkingDirectory=/a\nBindPaths=/s:/t\nKillSignal=SIGINT\nTimeoutStopSec=7\nExecStart=/bin/x 'a b'\nRestart=always\n";
  const written = formatQuadlet(carried(lines, { form: quadlet }), "localhost/web", new Map());
  const { settings, container, image, leftOut, name } = readContainer("web.container", written);
  assert.equal([name, image, leftOut], ["web.service", "localhost/web", []]);
  const service = readSettings(settings, { unit: name, mode: "run" }).service;
  const again = { ...carry({ name, settings, service }, podman.words, SAFE), ...container };
  const { notes: _, kept: __, ...expected } = carried(lines);
  const { notes: ___, kept: ____, ...found } = again;
  assert.equal(found, expected);
});

test("arguments of a Quadlet file without an entry point follow the image's", () => {
  const { container } = readContainer("web.container", "[Container]\nImage=web\nExec=--port 80\n");
  assert.equal(container!.args, ["--port", "80"]);
  const one = { ...carried("UMask=0022\n"), ...container };
  assert.match(formatPodman(one, "IMAGE"), /--stop-timeout 90 [\s\S]*\n {2}IMAGE --port 80\n$/);
  assert.not.match(formatPodman(one, "IMAGE"), /--entrypoint|--network/);
  assert.match(formatKubernetes(one, "IMAGE"), /args:\n {8}- --port\n {8}- "80"\n/);
  assert.match(formatCompose(one, "IMAGE"), /command:\n {6}- --port\n/);
});

test("ports, labels and other words of a Quadlet file stay in every form that has them, and are left out elsewhere", () => {
  const { container, leftOut } = readContainer(
    "web.container",
    "[Container]\nImage=web\nPublishPort=127.0.0.1:8080:80/udp\nPublishPort=9000-9010:9000-9010\nHostName=one\n" +
      'Label=a=1 "b=2 3"\nReadOnly=yes\nTimezone=local\nNoSuchKey=1\n',
  );
  assert.equal(leftOut, ["NoSuchKey=1: the other forms have no word for it here"]);
  const one = { ...carried(""), ...container };
  assert.match(formatPodman(one, "I"), "--publish 127.0.0.1:8080:80/udp \\\n  --publish 9000-9010:9000-9010 ");
  assert.match(formatPodman(one, "I"), "--label a=1 \\\n  --label 'b=2 3' \\\n  --read-only=true \\\n  --tz local ");
  const quadletText = formatQuadlet(one, "I", new Map());
  for (const line of ["PublishPort=127.0.0.1:8080:80/udp", 'Label=a=1 "b=2 3"', "ReadOnly=yes"])
    assert.ok(quadletText.includes(`\n${line}\n`), quadletText);
  const composed = compose.format(one, "I", new Map());
  assert.match(
    composed.text,
    "ports:\n      - 127.0.0.1:8080:80/udp\n      - 9000-9010:9000-9010\n    hostname: one\n",
  );
  assert.match(composed.text, "read_only: true");
  assert.equal(composed.leftOut, ["Timezone=local: Compose has no word for it"]);
  const pod = kubernetes.format(one, "I", new Map());
  assert.match(
    pod.text,
    /hostname: one\n[\s\S]*- containerPort: 80\n\s+hostPort: 8080\n\s+hostIP: 127.0.0.1\n\s+protocol: UDP\n/,
  );
  assert.equal(
    pod.leftOut.map((line) => line.split("=")[0]),
    ["PublishPort", "Label", "ReadOnly", "Timezone"],
  );
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
