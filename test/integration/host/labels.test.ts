import { spawnSync } from "node:child_process";
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DYNUSER, dynuser } from "../../support/hosts/dynuser.ts";

/*
 * The SELinux labels of what dynuser makes for a container, as its config asks for them. The attribute is there on a kernel
 * without SELinux, too, where any text is a label.
 */

const labels = suite<{ directory: string }>("labels");

const ONE = "system_u:object_r:container_file_t:s0:c1,c2";
const TWO = "system_u:object_r:container_file_t:s0:c3,c4";
const SHARED = "system_u:object_r:container_file_t:s0";
const OF_HOST = "system_u:object_r:postgresql_db_t:s0";
const FOREIGN = "/var/lib/private/of-another";
const STATE = "/var/lib/private/labelled";

labels.before.each((stage) => {
  stage.directory = mkdtempSync(`${tmpdir()}/dynuser-labels-`);
  mkdirSync(`${stage.directory}/rootfs/etc`, { recursive: true });
  writeFileSync(`${stage.directory}/rootfs/etc/passwd`, "root:x:0:0::/:/bin/sh\n");
  writeFileSync(`${stage.directory}/rootfs/etc/group`, "root:x:0:\n");
});

labels.after.each(({ directory }) => {
  for (const id of ["one", "two"]) dynuser(["release", `run:crun:${id}`]);
  rmSync(directory, { recursive: true });
  for (const place of ["lib", "cache", "log"])
    for (const name of ["labelled", "private"]) rmSync(`/var/${place}/${name}`, { recursive: true, force: true });
  for (const path of ["/etc/labelled", "/var/lib/dynuser"]) rmSync(path, { recursive: true, force: true });
});

interface Wanted {
  readonly mountLabel?: string;
  readonly selinuxLabel?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

function prepare(directory: string, id: string, { mountLabel, selinuxLabel, annotations }: Wanted): void {
  const config = {
    ociVersion: "1.0.2",
    process: { args: ["true"], cwd: "/", user: { uid: 0, gid: 0 }, ...(selinuxLabel && { selinuxLabel }) },
    root: { path: "rootfs" },
    linux: { ...(mountLabel && { mountLabel }) },
    annotations: { "dynuser/DynamicUser": "yes", "dynuser/StateDirectory": "labelled", ...annotations },
  };
  writeFileSync(`${directory}/config.json`, JSON.stringify(config));
  const call = ["--runtime", "/usr/bin/crun", "--", "create", "--bundle", directory, id];
  const { status, stderr } = spawnSync(DYNUSER, ["prepare", ...call], { encoding: "utf8" });
  assert.is(status, 0, stderr);
}

function labelOf(path: string): string | undefined {
  const { status, stdout } = spawnSync("getfattr", ["-h", "--only-values", "-n", "security.selinux", path], {
    encoding: "utf8",
  });
  return status === 0 ? stdout.replace(/\0$/, "") : undefined;
}

function setLabel(path: string, label: string): void {
  assert.is(spawnSync("setfattr", ["-h", "-n", "security.selinux", "-v", label, path]).status, 0);
}

labels("directories of a service and the files that are bound have the label of the container's mounts", (stage) => {
  const annotations = {
    "dynuser/CacheDirectory": "labelled/deep",
    "dynuser/LogsDirectory": "labelled",
    "dynuser/RuntimeDirectory": "labelled",
    "dynuser/SetCredential": "key:secret",
  };
  prepare(stage.directory, "one", { mountLabel: ONE, annotations });
  const record = "/run/dynuser/containers/run:crun:one";
  const credentials = `${record}/credentials`;
  const paths = [
    STATE,
    "/var/cache/private/labelled/deep",
    "/var/log/private/labelled",
    `${record}/passwd`,
    `${record}/group`,
    credentials,
    `${credentials}/key`,
  ];
  for (const path of paths) assert.is(labelOf(path), ONE, path);
  for (const path of ["/var/lib/private", "/var/lib/labelled", "/var/cache/private/labelled", record])
    assert.is(labelOf(path), undefined, path);
});

labels("without a label of mounts it is made from that of the process", ({ directory }) => {
  prepare(directory, "one", { selinuxLabel: "system_u:system_r:container_t:s0:c1,c2" });
  assert.is(labelOf(STATE), ONE);
});

labels("a container without labels leaves them alone", ({ directory }) => {
  prepare(directory, "one", {});
  assert.is(labelOf(STATE), undefined);
});

labels("the next container gets the whole tree with its own level", ({ directory }) => {
  prepare(directory, "one", { mountLabel: ONE });
  mkdirSync(`${STATE}/below`);
  writeFileSync(`${STATE}/below/file`, "");
  writeFileSync(FOREIGN, "");
  linkSync(FOREIGN, `${STATE}/below/foreign`);
  for (const path of ["below", "below/file"]) setLabel(`${STATE}/${path}`, ONE);
  dynuser(["release", "run:crun:one"]);
  prepare(directory, "two", { mountLabel: TWO });
  for (const path of ["", "/below", "/below/file"]) assert.is(labelOf(STATE + path), TWO, path);
  assert.is(labelOf(FOREIGN), undefined, "a file that has a name elsewhere");
});

labels("a tree whose top has the label is not walked", ({ directory }) => {
  prepare(directory, "one", { mountLabel: ONE });
  writeFileSync(`${STATE}/file`, "");
  setLabel(`${STATE}/file`, OF_HOST);
  dynuser(["release", "run:crun:one"]);
  prepare(directory, "two", { mountLabel: ONE });
  assert.is(labelOf(`${STATE}/file`), OF_HOST);
});

labels("what two running containers have is labelled for both, and stays so", ({ directory }) => {
  prepare(directory, "one", { mountLabel: ONE });
  mkdirSync(`${directory}/b`);
  spawnSync("cp", ["-a", `${directory}/rootfs`, `${directory}/b`]);
  prepare(`${directory}/b`, "two", { mountLabel: TWO });
  assert.is(labelOf(STATE), SHARED);
  for (const id of ["one", "two"]) dynuser(["release", `run:crun:${id}`]);
  prepare(directory, "one", { mountLabel: ONE });
  assert.is(labelOf(STATE), SHARED);
});

labels("a directory that the policy has for a program of the host keeps its label", ({ directory }) => {
  mkdirSync(STATE, { recursive: true, mode: 0o700 });
  spawnSync("chmod", ["700", "/var/lib/private"]);
  setLabel("/var/lib/private", "system_u:object_r:var_lib_t:s0");
  setLabel(STATE, OF_HOST);
  prepare(directory, "one", { mountLabel: ONE, annotations: {} });
  assert.is(labelOf(STATE), OF_HOST);
  dynuser(["release", "run:crun:one"]);
  setLabel(STATE, "system_u:object_r:var_lib_t:s0");
  prepare(directory, "one", { mountLabel: ONE });
  assert.is(labelOf(STATE), ONE, "with the type of the directory around it");
});

labels("an existing ConfigurationDirectory= keeps its label", ({ directory }) => {
  mkdirSync("/etc/labelled");
  setLabel("/etc/labelled", "system_u:object_r:etc_t:s0");
  prepare(directory, "one", { mountLabel: ONE, annotations: { "dynuser/ConfigurationDirectory": "labelled" } });
  assert.is(labelOf("/etc/labelled"), "system_u:object_r:etc_t:s0");
});

labels.run();
