import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runtimePath, tracesIn } from "../../support/engines/engines.ts";
import { makeRootfs } from "../../support/engines/image.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";

/*
 * CRI-O is not packaged for Debian 12: these are its calls, with a root of their own in both spellings, and the
 * annotations that it writes after those of the pod.
 */

interface Stage {
  testHost: TestHost;
}

const ID = "c".repeat(64);
const SANDBOX = "5".repeat(64);
const ROOT = "/run/dynuser-crun";
const STORAGE = "/run/containers/storage/overlay-containers";
const RUNTIME = runtimePath("crun");

const crio = suite<Stage>("CRI-O's contract");

crio.before(async (stage) => {
  stage.testHost = await openTestHost();
  makeRootfs(join(stage.testHost.directory, "rootfs"));
});
crio.after.each(({ testHost }) => assert.equal(tracesIn(testHost), []));
crio.after(({ testHost }) => testHost.close());

const POD = {
  "dynuser/DynamicUser": "yes",
  "dynuser/StateDirectory": "web",
  // What a pod may write itself is believed to be nothing of the engine's.
  "io.kubernetes.cri.container-type": "sandbox",
  "io.kubernetes.cri.sandbox-namespace": "kube-system",
} as const;

const CONTAINER = {
  ...POD,
  "io.kubernetes.cri-o.ContainerType": "container",
  "io.kubernetes.container.name": "main",
  "io.kubernetes.pod.name": "web-0",
  "io.kubernetes.pod.namespace": "shop",
} as const;

function writeBundle({ directory, sh }: TestHost, id: string, annotations: Readonly<Record<string, string>>): string {
  const bundle = `${STORAGE}/${id}/userdata`;
  const processSpec = {
    user: { uid: 0, gid: 0 },
    cwd: "/",
    env: ["PATH=/bin"],
    args: ["sleep", "1000"],
    capabilities: {},
  };
  const spec = {
    ociVersion: "1.0.2",
    annotations,
    root: { path: join(directory, "rootfs") },
    process: processSpec,
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs" },
    ],
    linux: { namespaces: [{ type: "mount" }, { type: "pid" }], cgroupsPath: `/kubepods/crio-${id}` },
  };
  writeFileSync(join(directory, "config.json"), JSON.stringify(spec));
  writeFileSync(join(directory, "process.json"), JSON.stringify({ ...processSpec, args: ["whoami"] }));
  sh(`mkdir -p ${bundle}; cp ${directory}/config.json ${bundle}`);
  return bundle;
}

/** As conmon calls it, but with no pipe that outlives the call. */
const create = ({ sh }: TestHost, bundle: string, id: string) =>
  sh(
    `${RUNTIME} --root=${ROOT} create --bundle ${bundle} --pid-file ${bundle}/pidfile ${id} </dev/null >${bundle}/out 2>&1`,
  );
const direct = ({ run }: TestHost, ...args: readonly string[]) =>
  run([RUNTIME, "--root", ROOT, ...args], { env: { CRI_O_EXTERNAL: "1" } });

crio("a container of a pod is its user, in exec and exec sync too, and leaves nothing", ({ testHost }) => {
  const bundle = writeBundle(testHost, ID, CONTAINER);
  assert.is(create(testHost, bundle, ID).status, 0, testHost.sh(`cat ${bundle}/out`).stdout);
  assert.is(direct(testHost, "start", ID).status, 0);
  assert.is(JSON.parse(direct(testHost, "state", ID).stdout).status, "running");
  assert.is(
    direct(testHost, "exec", "--process", `${testHost.directory}/process.json`, ID).stdout,
    "shop_web-0_main\n",
  );
  assert.is(testHost.sh("ls /var/lib/private/dynuser-pods").stdout, "shop\n");
  assert.is(direct(testHost, "kill", ID, "9").status, 0);
  testHost.sh(`until ${RUNTIME} --root ${ROOT} state ${ID} | grep -q stopped; do sleep 0.05; done`);
  assert.equal(direct(testHost, "delete", "--force", ID), { status: 0, stdout: "", stderr: "" });
});

crio("a refusal reaches CRI-O through conmon, and nothing else does", ({ testHost }) => {
  const bundle = writeBundle(testHost, ID, { ...CONTAINER, "dynuser/BindPaths": "/:/host" });
  const { status, stdout, stderr } = testHost.run([
    RUNTIME,
    `--root=${ROOT}`,
    "create",
    "--bundle",
    bundle,
    "--pid-file",
    `${bundle}/pidfile`,
    ID,
  ]);
  assert.is(status, 1);
  assert.is(stdout, "");
  assert.match(stderr, /^dynuser: cannot take BindPaths= from an annotation: policy of kubernetes is tenant[^\n]*\n$/);
  assert.is(direct(testHost, "delete", "--force", ID).status, 0);
});

crio("the sandbox passes untouched", ({ testHost }) => {
  const bundle = writeBundle(testHost, SANDBOX, { ...POD, "io.kubernetes.cri-o.ContainerType": "sandbox" });
  const before = testHost.sh(`cat ${bundle}/config.json`).stdout;
  assert.is(create(testHost, bundle, SANDBOX).status, 0);
  assert.is(testHost.sh(`cat ${bundle}/config.json`).stdout, before);
  assert.is(readFileSync(join(testHost.directory, "config.json"), "utf8"), before);
  assert.is(direct(testHost, "delete", "--force", SANDBOX).status, 0);
});

crio.run();
