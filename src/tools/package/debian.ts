import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../../../package.json";
import { ROOT, run } from "../compile.ts";

export const MAINTAINER = "dynuser maintainers <maintainers@dynuser.example>";

/** Makes the tree of a package for Debian, deb(5), of that of an archive. */
export function packForDebian(tree: string, architecture: string, file: string, date: Date): void {
  addChangelog(tree, date);
  addOverrides(tree);
  run("find", [tree, "-type", "d", "-exec", "chmod", "755", "{}", "+"]);
  addControl(tree, architecture);
  run("dpkg-deb", ["--root-owner-group", "-Zgzip", "--build", tree, file]);
}

/** Debian has a changelog of the package in its own format; it refers to that of the project. */
function addChangelog(tree: string, date: Date): void {
  const directory = join(tree, "usr/share/doc/dynuser");
  const text = `dynuser (${version}) unstable; urgency=medium

  * See CHANGELOG.md for the changes of this version.

 -- ${MAINTAINER}  ${date.toUTCString().replace("GMT", "+0000")}
`;
  writeFileSync(join(directory, "changelog"), text, { mode: 0o644 });
  cpSync(join(ROOT, "CHANGELOG.md"), join(directory, "CHANGELOG.md"));
  run("gzip", ["-9n", join(directory, "changelog")]);
  run("chmod", ["644", join(directory, "changelog.gz"), join(directory, "CHANGELOG.md")]);
}

/** Why lintian(1) is wrong, or what Bun's program does not allow. */
function addOverrides(tree: string): void {
  const directory = join(tree, "usr/share/lintian/overrides");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "dynuser"), readFileSync(join(ROOT, "tools/debian/lintian-overrides")), {
    mode: 0o644,
  });
  run("chmod", ["644", join(directory, "dynuser")]);
}

function addControl(tree: string, architecture: string): void {
  const control = join(tree, "DEBIAN");
  mkdirSync(control);
  writeFileSync(join(control, "control"), controlFile(architecture));
  for (const script of SCRIPTS) {
    writeFileSync(join(control, script), readFileSync(join(ROOT, "tools/debian", script)));
  }
  run("sh", [
    "-c",
    'cd "$1" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums',
    "sh",
    tree,
  ]);
  run("chmod", ["755", control, ...SCRIPTS.map((script) => join(control, script))]);
  run("chmod", ["644", join(control, "control"), join(control, "md5sums")]);
}

const SCRIPTS = ["postinst", "prerm", "postrm"];

function controlFile(architecture: string): string {
  return `Package: dynuser
Version: ${version}
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Section: admin
Priority: optional
Depends: crun | runc, libc6
Recommends: libnss-systemd
Description: dynamic users and systemd's sandbox for containers and commands
 A command or an OCI container gets a user that exists only while it runs,
 directories that follow it whatever UID it gets, and a read-only view of
 everything else, in the words of systemd.exec(5). For podman, containerd,
 CRI-O, Docker and Kubernetes, and without any engine.
`;
}
