import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const IMAGE = "localhost/bb:latest";

export interface ImageOptions {
  /** USER of the image. */
  readonly user?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly name?: string;
  readonly command?: readonly string[];
  /** Lines more in the image's /etc/group. */
  readonly groups?: string;
}

/** A busybox image as a docker-archive at `path`, made without a registry; podman, docker and ctr load it. */
export function writeImage(
  path: string,
  { user = "", labels = {}, name = IMAGE, command = ["/bin/sh"], groups = "" }: ImageOptions = {},
): void {
  const work = mkdtempSync(join(tmpdir(), "dynuser-image-"));
  try {
    makeRootfs(join(work, "rootfs"), groups);
    tar(join(work, "layer.tar"), join(work, "rootfs"), ["."]);
    const config = JSON.stringify({
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      os: "linux",
      config: { Cmd: command, Env: ["PATH=/bin"], User: user, Labels: labels },
      rootfs: { type: "layers", diff_ids: [`sha256:${sha256(readFileSync(join(work, "layer.tar")))}`] },
    });
    const configName = `${sha256(Buffer.from(config))}.json`;
    writeFileSync(join(work, configName), config);
    const manifest = [{ Config: configName, RepoTags: [name], Layers: ["layer.tar"] }];
    writeFileSync(join(work, "manifest.json"), JSON.stringify(manifest));
    tar(path, work, ["manifest.json", configName, "layer.tar"]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** A root file system with busybox in it. */
export function makeRootfs(path: string, groups = ""): void {
  for (const name of ["bin", "etc", "root", "proc", "sys", "dev", "run", "var/lib", "home", "data"]) {
    mkdirSync(join(path, name), { recursive: true });
  }
  mkdirSync(join(path, "tmp"));
  chmodSync(join(path, "tmp"), 0o1777);
  copyFileSync("/bin/busybox", join(path, "bin/busybox"));
  const applets = spawnSync("/bin/busybox", ["--list"], { encoding: "utf8" }).stdout.trim().split("\n");
  for (const applet of applets.filter((name) => name !== "busybox")) symlinkSync("busybox", join(path, "bin", applet));
  const users = [
    "root:x:0:0:root:/root:/bin/sh",
    "mail:x:8:8:mail:/var/mail:/bin/false",
    "app:x:1000:1000::/home/app:/bin/sh",
  ];
  writeFileSync(join(path, "etc/passwd"), `${users.join("\n")}\n`);
  writeFileSync(join(path, "etc/group"), `root:x:0:\nmail:x:8:\napp:x:1000:\nextra:x:2000:root,app\n${groups}`);
}

function tar(archive: string, directory: string, names: readonly string[]): void {
  const flags = ["--owner=0", "--group=0", "--mtime=@0", "--sort=name"];
  const { status, stderr } = spawnSync("tar", ["-cf", archive, ...flags, "-C", directory, ...names], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`cannot make ${archive}: ${stderr}`);
}

function sha256(data: Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}
