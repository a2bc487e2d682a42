import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { devDependencies, version } from "../../package.json";
import { compile, ROOT, run, type Target } from "./compile.ts";

/*
 * `npm run package [-- --all]`: dist/dynuser-VERSION-linux-KIND.tar.gz for this kind of machine, or for all of them, and a
 * package for Debian where it has the architecture.
 */

interface Kind {
  /** As Bun calls it: `linux-x64-musl-baseline` is for Alpine on processors without AVX2. */
  readonly name: string;
  /** Its package in the npm registry. */
  readonly bunPackage: string;
  readonly arch: Target["arch"];
  /** Debian's name of the architecture; absent where Debian has no use for it. */
  readonly debian?: string;
}

const KINDS: readonly Kind[] = [
  { name: "linux-x64", bunPackage: "bun-linux-x64", arch: "x64", debian: "amd64" },
  { name: "linux-x64-baseline", bunPackage: "bun-linux-x64-baseline", arch: "x64" },
  { name: "linux-x64-musl", bunPackage: "bun-linux-x64-musl", arch: "x64" },
  { name: "linux-x64-musl-baseline", bunPackage: "bun-linux-x64-musl-baseline", arch: "x64" },
  { name: "linux-arm64", bunPackage: "bun-linux-aarch64", arch: "arm64", debian: "arm64" },
  { name: "linux-arm64-musl", bunPackage: "bun-linux-aarch64-musl", arch: "arm64" },
];

const OUTPUT = join(ROOT, "dist");

/** Where each file of the project goes; directories with all that is in them. */
const FILES: readonly (readonly [from: string, to: string])[] = [
  ["libexec/dynuser", "usr/libexec/dynuser/crun"],
  ["libexec/dynuser", "usr/libexec/dynuser/runc"],
  ["libexec/dynuser", "usr/libexec/dynuser/call"],
  ["hooks", "usr/share/dynuser/hooks.d"],
  ["schemas", "usr/share/dynuser/schemas"],
  ["examples/systemd/dynuser-standby@.service", "usr/lib/systemd/system/dynuser-standby@.service"],
  ["examples", "usr/share/doc/dynuser/examples"],
  ["README.md", "usr/share/doc/dynuser/README.md"],
  ["docs/directives.md", "usr/share/doc/dynuser/directives.md"],
  ["docs/json.md", "usr/share/doc/dynuser/json.md"],
  ["docs/security.md", "usr/share/doc/dynuser/security.md"],
  ["LICENSE", "usr/share/doc/dynuser/copyright"],
  ["docs/completion/dynuser.bash", "usr/share/bash-completion/completions/dynuser"],
  ["docs/completion/_dynuser", "usr/share/zsh/vendor-completions/_dynuser"],
  ["docs/completion/dynuser.fish", "usr/share/fish/vendor_completions.d/dynuser.fish"],
  ...readdirSync(join(ROOT, "docs/man")).map(
    (page) => [`docs/man/${page}`, `usr/share/man/man${page.at(-1)}/${page}`] as const,
  ),
];

for (const kind of process.argv.includes("--all") ? KINDS : KINDS.filter(isOurs)) pack(kind);

function isOurs({ name }: Kind): boolean {
  return name === `linux-${process.arch}`;
}

function pack(kind: Kind): void {
  const tree = mkdtempSync(join(tmpdir(), "dynuser-package-"));
  try {
    fill(tree, kind);
    const archive = join(OUTPUT, `dynuser-${version}-${kind.name}.tar.gz`);
    run("tar", ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "-C", tree, "-czf", archive, "usr"]);
    console.log(archive);
    if (kind.debian !== undefined) console.log(packForDebian(tree, kind.debian));
  } finally {
    rmSync(tree, { recursive: true });
  }
}

function fill(tree: string, kind: Kind): void {
  for (const [from, to] of FILES) {
    if (!existsSync(join(ROOT, from))) throw new Error(`cannot package: found no ${from}`);
    mkdirSync(dirname(join(tree, to)), { recursive: true });
    cpSync(join(ROOT, from), join(tree, to), { recursive: true });
  }
  mkdirSync(join(tree, "usr/bin"), { recursive: true });
  compile(join(tree, "usr/bin/dynuser"), isOurs(kind) ? undefined : targetOf(kind));
  run("find", [join(tree, "usr/share/man"), "-type", "f", "-exec", "gzip", "-9n", "{}", "+"]);
  run("chmod", ["-R", "u=rwX,go=rX", tree]);
  run("chmod", [
    "755",
    ...["bin/dynuser", "libexec/dynuser/crun", "libexec/dynuser/runc", "libexec/dynuser/call"].map((path) =>
      join(tree, "usr", path),
    ),
  ]);
}

/** Bun's own program for it, from the npm registry; kept for the next time. */
function targetOf({ name, bunPackage, arch }: Kind): Target {
  const directory = join(ROOT, "node_modules/.cache/bun", bunPackage);
  const bun = join(directory, "package/bin/bun");
  if (!existsSync(bun)) {
    mkdirSync(directory, { recursive: true });
    const wanted = `@oven/${bunPackage}@${devDependencies.bun}`;
    const { stdout, status } = spawnSync("npm", ["pack", "--silent", wanted], { cwd: directory, encoding: "utf8" });
    if (status !== 0) process.exit(1);
    run("tar", ["-xzf", stdout.trim().split("\n").at(-1)!], directory);
  }
  return { name, arch, bun };
}

function packForDebian(tree: string, architecture: string): string {
  const control = join(tree, "DEBIAN");
  mkdirSync(control);
  writeFileSync(join(control, "control"), describe(architecture));
  for (const script of ["prerm", "postrm"]) {
    writeFileSync(join(control, script), readFileSync(join(ROOT, "tools/debian", script)), { mode: 0o755 });
  }
  const file = join(OUTPUT, `dynuser_${version}_${architecture}.deb`);
  run("dpkg-deb", ["--root-owner-group", "-Zzstd", "--build", tree, file]);
  return file;
}

function describe(architecture: string): string {
  return `Package: dynuser
Version: ${version}
Architecture: ${architecture}
Maintainer: dynuser maintainers <dynuser@localhost>
Section: admin
Priority: optional
Depends: crun | runc, libc6
Recommends: libnss-systemd
Description: dynamic users and systemd's sandbox for containers and commands
 A command or an OCI container gets a user that exists only as long as it runs,
 directories that follow it whatever UID it gets, and everything else read-only,
 in the words of systemd.exec(5). For podman, containerd, CRI-O, Docker and
 Kubernetes, and without any engine.
`;
}
