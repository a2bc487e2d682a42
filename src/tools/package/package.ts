import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { version } from "../../../package.json";
import { compile, ROOT, run } from "../compile.ts";
import { packForDebian } from "./debian.ts";
import { FILES, PROGRAMS } from "./files.ts";
import { isNative, KINDS, type Kind, targetOf } from "./kinds.ts";
import { packForFedora } from "./rpm.ts";
import { formatSbom } from "./sbom.ts";

/*
 * `npm run package [-- --all]`: dist/dynuser-VERSION-linux-KIND.tar.gz for this kind of machine, or for all of them, a
 * package for Debian and one for Fedora where they have the architecture, a list of what the program consists of, and checksums of all these.
 * The same sources give the same bytes, whatever the time and the umask.
 */

const OUTPUT = join(ROOT, "dist");

/** The time of the last commit, the time of every file in a package: https://reproducible-builds.org/specs/source-date-epoch/ */
const DATE = new Date(Number(process.env["SOURCE_DATE_EPOCH"] ?? commitTime()) * 1000);
process.env["SOURCE_DATE_EPOCH"] = String(DATE.getTime() / 1000);
process.umask(0o022);

mkdirSync(OUTPUT, { recursive: true });
const files = (process.argv.includes("--all") ? KINDS : KINDS.filter(isNative)).flatMap(pack);
writeChecksums([...files, writeSbom()]);

/** Of a checkout without git, as an unpacked archive is, the time of its first release. */
function commitTime(): string {
  const { stdout, status } = spawnSync("git", ["log", "-1", "--format=%ct"], { cwd: ROOT, encoding: "utf8" });
  return status === 0 ? stdout.trim() : "1767225600";
}

function pack(kind: Kind): readonly string[] {
  const tree = mkdtempSync(join(tmpdir(), "dynuser-package-"));
  try {
    fill(tree, kind);
    const archive = join(OUTPUT, `dynuser-${version}-${kind.name}.tar.gz`);
    archiveTree(tree, archive);
    if (kind.debian === undefined) return [archive];
    const fedoraPackages = packForFedoraWherePossible(tree, kind);
    const debianPackage = join(OUTPUT, `dynuser_${version}_${kind.debian}.deb`);
    packForDebian(tree, kind.debian, debianPackage, DATE);
    return [archive, ...fedoraPackages, debianPackage];
  } finally {
    rmSync(tree, { recursive: true });
  }
}

/** rpmbuild is Debian's package `rpm`; a checkout without it has the other packages. */
function packForFedoraWherePossible(tree: string, { fedora }: Kind): readonly string[] {
  if (fedora === undefined) return [];
  if (spawnSync("rpmbuild", ["--version"]).status !== 0) {
    console.error("found no rpmbuild: there is no package for Fedora (apt-get install rpm)");
    return [];
  }
  const file = join(OUTPUT, `dynuser-${version}-1.${fedora}.rpm`);
  const directory = mkdtempSync(join(tmpdir(), "dynuser-rpm-"));
  try {
    packForFedora(tree, { architecture: fedora, file, directory, date: DATE });
    return [file];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function fill(tree: string, kind: Kind): void {
  for (const [from, to] of FILES) {
    if (!existsSync(join(ROOT, from))) throw new Error(`cannot package: found no ${from}`);
    mkdirSync(dirname(join(tree, to)), { recursive: true });
    cpSync(join(ROOT, from), join(tree, to), { recursive: true });
  }
  mkdirSync(join(tree, "usr/bin"), { recursive: true });
  compile(join(tree, "usr/bin/dynuser"), targetOf(kind));
  run("find", [join(tree, "usr/share/man"), "-type", "f", "-exec", "gzip", "-9n", "{}", "+"]);
  run("chmod", ["-R", "u=rwX,go=rX", tree]);
  run("find", [join(tree, "usr/share"), "-type", "f", "-not", "-name", "*.sh", "-exec", "chmod", "644", "{}", "+"]);
  run("chmod", ["755", ...PROGRAMS.map((path) => join(tree, "usr", path))]);
}

function archiveTree(tree: string, archive: string): void {
  const normal = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", `--mtime=@${DATE.getTime() / 1000}`];
  run("tar", [...normal, "--use-compress-program=gzip -9n", "-C", tree, "-cf", archive, "usr"]);
}

function writeSbom(): string {
  const file = join(OUTPUT, `dynuser-${version}.cdx.json`);
  writeFileSync(file, formatSbom(DATE));
  return file;
}

/** As sha256sum(1) checks them, in the directory of the files. */
function writeChecksums(all: readonly string[]): void {
  const lines = all.map(
    (file) => `${createHash("sha256").update(readFileSync(file)).digest("hex")}  ${basename(file)}\n`,
  );
  writeFileSync(join(OUTPUT, "SHA256SUMS"), lines.join(""));
  for (const file of all) console.log(file);
}
