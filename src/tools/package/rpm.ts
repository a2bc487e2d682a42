import { copyFileSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { license, version } from "../../../package.json";
import { ROOT, run } from "../compile.ts";
import { MAINTAINER } from "./debian.ts";

/** Directories that are dynuser's own; all others are those of other packages. */
const OWN = ["usr/libexec/dynuser", "usr/share/dynuser", "usr/share/doc/dynuser"];

interface RpmTask {
  /** rpm's name of it. */
  readonly architecture: string;
  readonly file: string;
  /** Where rpmbuild works. */
  readonly directory: string;
  readonly date: Date;
}

/**
 * Makes a package for Fedora, RHEL and openSUSE of the tree of an archive, by rpmbuild(8).
 */
export function packForFedora(tree: string, { architecture, file, directory, date }: RpmTask): void {
  mkdirSync(join(directory, "top"), { recursive: true });
  const spec = join(directory, "dynuser.spec");
  writeFileSync(spec, specFile(tree, date));
  const defines = {
    _topdir: join(directory, "top"),
    _rpmdir: directory,
    _buildhost: "localhost",
    source_date_epoch_from_changelog: "0",
    use_source_date_epoch_as_buildtime: "1",
    clamp_mtime_to_source_date_epoch: "1",
    _build_id_links: "none",
    _binary_payload: "w9.gzdio",
    // The program is Bun's own with dynuser's code behind its end: it cannot be stripped.
    __os_install_post: "%{nil}",
    debug_package: "%{nil}",
  };
  const options = Object.entries(defines).flatMap(([name, value]) => ["--define", `${name} ${value}`]);
  run("rpmbuild", ["-bb", "--quiet", "--target", `${architecture}-linux`, ...options, spec]);
  const [made] = globSync(`**/*.${architecture}.rpm`, { cwd: directory });
  copyFileSync(join(directory, made!), file);
}

function specFile(tree: string, date: Date): string {
  return `Name: dynuser
Version: ${version}
Release: 1
Summary: Dynamic users and systemd's sandbox for containers and commands
License: ${license}
Group: System/Management
Packager: ${MAINTAINER}
URL: https://dynuser.example
AutoReqProv: no
Requires: (crun or runc)
Recommends: systemd-libs

%description
A command or an OCI container gets a user that exists only while it runs,
directories that follow it whatever UID it gets, and a read-only view of
everything else, in the words of systemd.exec(5). For podman, containerd,
CRI-O, Docker and Kubernetes, and without any engine.

%install
cp -a ${tree}/. %{buildroot}
mkdir -p %{buildroot}/usr/share/zsh/site-functions
mv %{buildroot}/usr/share/zsh/vendor-completions/_dynuser %{buildroot}/usr/share/zsh/site-functions
rmdir %{buildroot}/usr/share/zsh/vendor-completions

%post
${scriptlet("postinst", POST)}
%preun
${scriptlet("prerm", REMOVAL)}
%postun
${scriptlet("postrm", REMOVAL)}
%files
${fileList(tree).join("\n")}

%changelog
* ${rpmDate(date)} ${MAINTAINER} - ${version}-1
- See CHANGELOG.md for the changes of this version.
`;
}

/** `Thu Jan 01 2026` */
function rpmDate(date: Date): string {
  const [weekday, day, month, year] = date.toUTCString().replace(",", "").split(" ");
  return `${weekday} ${month} ${day} ${year}`;
}

/** rpm counts the packages that are there; Debian's scripts have words, and the earlier version at an upgrade. */
const POST = '[ "$1" = 1 ] && set -- configure || set -- configure upgrade';
const REMOVAL = '[ "$1" = 0 ] || exit 0\nset -- remove';

/** A script of the package for Debian; rpm has no purge. */
function scriptlet(name: string, words: string): string {
  const script = readFileSync(join(ROOT, "tools/debian", name), "utf8").replaceAll("%", "%%");
  return `${words}\n${script}`;
}

function fileList(tree: string): readonly string[] {
  const files = globSync("usr/**/*", { cwd: tree, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(tree.length));
  const directories = globSync(`{${OWN.join(",")}}{,/**/}`, { cwd: tree, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `%dir ${join(entry.parentPath, entry.name).slice(tree.length)}`);
  return [
    ...new Set(directories),
    ...files.map((file) => file.replace("zsh/vendor-completions", "zsh/site-functions")).map(toEntry),
  ].sort();
}

function toEntry(file: string): string {
  return `${/^\/usr\/share\/(?:doc|man)\//.test(file) ? "%doc " : ""}"${file}"`;
}
