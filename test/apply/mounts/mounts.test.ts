import { test } from "uvu";
import * as assert from "uvu/assert";
import { applyMounts, restrictedMounts } from "../../../src/apply/mounts/mounts.ts";
import { UserError } from "../../../src/errors.ts";
import type { Access, PathEdit } from "../../../src/model/edit.ts";
import type { Facts } from "../../../src/model/facts.ts";
import type { Mount, Spec } from "../../../src/oci/spec.ts";
import { formatMounts, specWith } from "../../support/bundles/mounts.ts";
import { factsOfHost, factsOfImage } from "../../support/hosts/facts.ts";

const HOST = {
  "/usr/local/bin": "directory",
  "/etc/hosts": "file",
  "/var/lib/x": "directory",
  "/var/run": "-> /run",
  "/home/me": "directory",
  "/data/a/b/c": "directory",
  "/src/sub": "directory",
} as const;

function edit(access: Access, path: string, more: Partial<PathEdit> = {}): PathEdit {
  return { kind: "path", access, path, ...more };
}

const ro = (path: string) => edit("readOnly", path);
const rw = (path: string) => edit("readWrite", path);
const hide = (path: string) => edit("inaccessible", path);
const tmpfs = (path: string) => edit("tmpfs", path, { options: ["mode=0755"] });
const bind = (source: string, path: string, more: Partial<PathEdit> = {}) =>
  edit("bind", path, { source, recursive: true, ...more });

function onHost(edits: readonly PathEdit[], submounts: Parameters<typeof factsOfHost>[0] = {}): Spec {
  return applyMounts(specWith(), edits, factsOfHost({ host: HOST, ...submounts }));
}

function mountsOnHost(...edits: readonly PathEdit[]): readonly string[] {
  return formatMounts(onHost(edits));
}

function refuses(run: () => unknown, pattern: RegExp): void {
  assert.throws(run, (error: unknown) => error instanceof UserError && pattern.test(error.message));
}

test("read-only and writable for one path is read-only", () => {
  assert.equal(mountsOnHost(rw("/data"), ro("/data")), ["/pristine/data -> /data bind rbind rro"]);
});

test("a writable / does not undo a read-only /, a writable /etc does so for /etc", () => {
  const spec = onHost([ro("/"), rw("/"), rw("/etc")]);
  assert.is(spec.root?.readonly, true);
  assert.equal(formatMounts(spec), ["/pristine/etc -> /etc bind rbind"]);
});

test("read-only wins over a tmpfs on the same path, which is lost", () => {
  assert.equal(mountsOnHost(tmpfs("/data"), ro("/data")), ["/pristine/data -> /data bind rbind rro"]);
});

test("a bind on a read-only path is a read-only bind", () => {
  assert.equal(mountsOnHost(bind("/src", "/data"), ro("/data")), ["/pristine/src -> /data bind rbind rro"]);
});

test("a bind below an inaccessible path is lost", () => {
  assert.equal(mountsOnHost(hide("/data"), bind("/src", "/data/a")), [
    "/pristine/run/dynuser/inaccessible/dir -> /data bind bind ro noexec",
  ]);
});

test("what the host has mounted in /sys gives way to what is asked for there", () => {
  const host = bind("/sys/fs/cgroup", "/sys/fs/cgroup", { inherits: true });
  const fresh = edit("kernel", "/sys/fs/cgroup", { fileSystem: "cgroup2" });
  const shownAgain = "/pristine/sys/fs/cgroup -> /sys/fs/cgroup bind rbind";
  assert.equal(mountsOnHost(host, fresh), ["cgroup -> /sys/fs/cgroup cgroup"]);
  assert.equal(mountsOnHost(host, rw("/sys/fs/cgroup")), [shownAgain]);
  assert.equal(mountsOnHost(host, ro("/sys/fs/cgroup")), [`${shownAgain} rro`]);
});

test("a read-only bind in a read-only tmpfs comes after it", () => {
  const edits = [bind("/src", "/var/lib", { readOnly: true }), edit("tmpfs", "/var", { readOnly: true, options: [] })];
  assert.equal(mountsOnHost(...edits), ["tmpfs -> /var tmpfs ro", "/pristine/src -> /var/lib bind rbind rro"]);
});

test("a path that only repeats its parent makes no mount, unless something else lies between", () => {
  assert.equal(mountsOnHost(ro("/data/a"), ro("/data/a/b")), ["/pristine/data/a -> /data/a bind rbind rro"]);
  assert.equal(mountsOnHost(ro("/data"), ro("/data/a/b"), rw("/data/a")), [
    "/pristine/data -> /data bind rbind rro",
    "/pristine/data/a -> /data/a bind rbind",
    "/pristine/data/a/b -> /data/a/b bind rbind rro",
  ]);
});

test("a path that repeats its parent need not exist", () => {
  assert.equal(mountsOnHost(ro("/data"), ro("/data/missing")), ["/pristine/data -> /data bind rbind rro"]);
});

test("a noexec or exec path below a read-only one stays read-only", () => {
  assert.equal(mountsOnHost(ro("/data"), edit("noExec", "/data/a"), edit("exec", "/data/a/b")), [
    "/pristine/data -> /data bind rbind rro",
    "/pristine/data/a -> /data/a bind rbind rro rnoexec",
    "/pristine/data/a/b -> /data/a/b bind rbind rro",
  ]);
});

test("a writable path below a noexec one stays noexec", () => {
  assert.equal(mountsOnHost(ro("/data"), edit("noExec", "/data"), rw("/data/a")), [
    "/pristine/data -> /data bind rbind rro rnoexec",
    "/pristine/data/a -> /data/a bind rbind rnoexec",
  ]);
});

test("binds and temporary directories are exempt from a read-only /", () => {
  assert.equal(mountsOnHost(ro("/"), bind("/src", "/data"), edit("privateTmp", "/tmp", { options: ["mode=1777"] })), [
    "/pristine/src -> /data bind rbind",
    "tmpfs -> /tmp tmpfs mode=1777",
  ]);
});

test("of a bind and a private /tmp on one path the bind stays", () => {
  const edits = [edit("privateTmp", "/tmp", { options: [] }), bind("/src", "/tmp")];
  assert.equal(mountsOnHost(...edits), ["/pristine/src -> /tmp bind rbind"]);
});

test("links are followed in the container, and what they lead to is joined with what was said of it", () => {
  assert.equal(mountsOnHost(edit("tmpfs", "/run", { options: [] }), bind("/src", "/var/run/x")), [
    "tmpfs -> /run tmpfs",
    "/pristine/src -> /run/x bind rbind",
  ]);
});

test("a link is not followed where a mount hides it", () => {
  assert.equal(mountsOnHost(tmpfs("/var"), bind("/src", "/var/run/x")), [
    "tmpfs -> /var tmpfs mode=0755",
    "/pristine/src -> /var/run/x bind rbind",
  ]);
});

test("a missing path is refused by the name of its directive unless it is optional", () => {
  const missing = (path: string): PathEdit => ({ ...ro(path), directive: "ReadOnlyPaths" });
  refuses(() => onHost([missing("/missing")]), /^cannot honour ReadOnlyPaths=: found nothing at "\/missing"/);
  refuses(() => onHost([tmpfs("/data"), missing("/data/a")]), /ReadOnlyPaths=: found nothing at "\/data\/a"/);
  assert.equal(mountsOnHost(edit("readOnly", "/missing", { optional: true })), []);
  assert.equal(mountsOnHost(edit("tmpfs", "/missing", { optional: true })), []);
});

test("files are hidden by a file", () => {
  assert.match(mountsOnHost(hide("/etc/hosts"))[0]!, "/pristine/run/dynuser/inaccessible/reg -> /etc/hosts");
});

test("a read-only / makes the topmost file systems below it read-only, and none twice", () => {
  const submounts = ["/data", "/data/a", "/proc", "/proc/sys/fs/binfmt_misc"];
  const spec = onHost([ro("/"), edit("readWriteImplicit", "/proc")], {
    host: { ...HOST, "/proc/sys/fs/binfmt_misc": "directory" },
    submounts,
  });
  assert.is(spec.root?.readonly, true);
  assert.equal(formatMounts(spec), ["/pristine/data -> /data bind rbind rro"]);
});

test("a path that strict leaves writable is bound only where it is no mount point", () => {
  const edits = [ro("/"), edit("readWriteImplicit", "/home"), edit("readWriteImplicit", "/data")];
  assert.equal(formatMounts(onHost(edits, { submounts: ["/home"] })), ["/pristine/data -> /data bind rbind"]);
});

test("dynuser restricts mounts of the tree itself, and the config names none that is only restricted", () => {
  const submounts = ["/data", "/home", "/opt/a", { path: "/opt/b", readOnly: true }];
  const facts = factsOfHost({ host: HOST, submounts });
  const own = { ...facts, rootfs: { ...facts.rootfs, restrictsMounts: true as const } };
  const edits = [ro("/"), edit("noExec", "/"), edit("readWriteImplicit", "/home"), bind("/src", "/data/new")];
  assert.equal(formatMounts(applyMounts(specWith(), edits, own)), [
    "/pristine/data -> /data bind rbind rnoexec",
    "/pristine/src -> /data/new bind rbind rnoexec",
  ]);
  assert.equal([...restrictedMounts(specWith(), edits, own)], [["/opt/a", { readOnly: true, noExec: true }]]);
  assert.equal([...restrictedMounts(specWith(), edits, facts)], []);
});

test("what the host has read-only never becomes writable", () => {
  const submounts = [{ path: "/data", readOnly: true }];
  assert.equal(formatMounts(onHost([ro("/"), rw("/data")], { submounts })), []);
  assert.equal(formatMounts(onHost([ro("/"), rw("/data/a")], { submounts })), []);
});

test("submounts below a writable path keep their own flags", () => {
  const submounts = [{ path: "/data/a", readOnly: true }, "/data/a/b"];
  assert.equal(formatMounts(onHost([ro("/"), rw("/data")], { submounts })), ["/pristine/data -> /data bind rbind"]);
});

test("a hole in a hole in a hole alternates", () => {
  assert.equal(
    formatMounts(onHost([ro("/"), rw("/data"), ro("/data/a"), rw("/data/a/b/c")], { submounts: ["/data/a/b"] })),
    [
      "/pristine/data -> /data bind rbind",
      "/pristine/data/a -> /data/a bind rbind rro",
      "/pristine/data/a/b/c -> /data/a/b/c bind rbind",
    ],
  );
});

test("where mount points are still missing below, read-only comes after all mounts", () => {
  const spec = onHost([ro("/data"), bind("/src", "/data/new"), rw("/data/a")]);
  assert.equal(formatMounts(spec), ["/pristine/data/a -> /data/a bind rbind", "/pristine/src -> /data/new bind rbind"]);
  assert.equal(spec.linux?.readonlyPaths, ["/data"]);
});

test("a mount point in a fresh file system does not delay what is above", () => {
  const fresh = edit("emptyDirectory", "/data/a", { options: [] });
  const spec = onHost([ro("/data"), fresh, bind("/src", "/data/a/new")]);
  assert.equal(
    formatMounts(spec).map((line) => line.split(" ")[2]),
    ["/data", "/data/a", "/data/a/new"],
  );
  assert.is(spec.linux, undefined);
});

test("what is read-only in a path that becomes so late is made so once more after it", () => {
  const spec = onHost([
    ro("/data"),
    bind("/src", "/data/new"),
    edit("tmpfs", "/data/a", { readOnly: true, options: [] }),
  ]);
  assert.equal(spec.linux?.readonlyPaths, ["/data", "/data/a"]);
});

test("a path inside a bind is bound from the bind's source", () => {
  assert.equal(mountsOnHost(bind("/src", "/data", { readOnly: true }), rw("/data/sub")), [
    "/pristine/src -> /data bind rbind rro",
    "/pristine/src/sub -> /data/sub bind rbind",
  ]);
});

test("files are bound with plain flags only, as crun knows no recursive ones for them", () => {
  assert.equal(mountsOnHost(ro("/etc/hosts")), ["/pristine/etc/hosts -> /etc/hosts bind rbind ro"]);
  const facts = image();
  const spec = applyMounts(specWith(), [ro("/etc"), rw("/etc/hosts")], facts);
  assert.equal(formatMounts(spec)[1], "/image/etc/hosts -> /etc/hosts bind rbind rw relatime");
});

test("runc gets the mode of a tmpfs from a ramfs below it, where the covered directory has another one", () => {
  const facts = factsOfHost({ host: HOST });
  const withRunc: Facts = { ...facts, runtime: { ...facts.runtime, name: "runc" } };
  const fresh = (path: string, mode: string) => edit("tmpfs", path, { noDevices: true, options: [mode, "size=1m"] });
  const edits = [fresh("/data", "mode=0700"), fresh("/src", "mode=0755"), fresh("/new", "mode=0700")];
  const spec = applyMounts(specWith(), edits, withRunc);
  assert.equal(formatMounts(spec), [
    "ramfs -> /data ramfs nodev mode=0700",
    "tmpfs -> /data tmpfs nodev mode=0700 size=1m",
    "tmpfs -> /new tmpfs nodev mode=0700 size=1m",
    "tmpfs -> /src tmpfs nodev mode=0755 size=1m",
  ]);
  assert.equal(applyMounts(spec, edits, withRunc), spec);
});

test("an empty directory has all flags", () => {
  assert.equal(mountsOnHost(edit("emptyDirectory", "/data", { options: ["mode=0755"] })), [
    "tmpfs -> /data tmpfs ro nosuid nodev noexec mode=0755",
  ]);
});

test("no new privileges make every mount of dynuser nosuid", () => {
  const spec = specWith([], { process: { user: { uid: 0, gid: 0 }, cwd: "/", noNewPrivileges: true } });
  const facts = factsOfHost({ host: HOST });
  assert.equal(formatMounts(applyMounts(spec, [ro("/data"), tmpfs("/tmp"), bind("/src", "/var/lib")], facts)), [
    "/pristine/data -> /data bind rbind rro rnosuid",
    "tmpfs -> /tmp tmpfs nosuid mode=0755",
    "/pristine/src -> /var/lib bind rbind rnosuid",
  ]);
});

test("an ID-mapped directory maps its owner and root, noexec unless exec is asked for", () => {
  const idMap = { disk: { uid: 65534, gid: 65534 }, shown: { uid: 61184, gid: 61185 } };
  const root = { containerID: 0, hostID: 0, size: 1 };
  const state = bind("/src", "/var/lib/x", { idMap });
  const [mount] = onHost([state]).mounts!;
  assert.equal(mount, {
    destination: "/var/lib/x",
    type: "bind",
    source: "/pristine/src",
    options: ["bind", "nosuid", "nodev", "noexec", "rnosuid", "rnodev", "rnoexec"],
    uidMappings: [{ containerID: 65534, hostID: 61184, size: 1 }, root],
    gidMappings: [{ containerID: 65534, hostID: 61185, size: 1 }, root],
  });
  const [exec] = onHost([state, edit("exec", "/var/lib/x")]).mounts!;
  assert.equal(exec?.options, ["bind", "nosuid", "nodev", "rnosuid", "rnodev"]);
});

test("below /proc nothing is mounted: paths are listed for the runtime", () => {
  const spec = onHost([ro("/proc/sys"), hide("/proc/kcore")], {
    host: { "/proc/sys/x": "file", "/proc/kcore": "file" },
  });
  assert.equal(spec.mounts, []);
  assert.equal(spec.linux, { readonlyPaths: ["/proc/sys"], maskedPaths: ["/proc/kcore"] });
});

test("nothing can be put on / itself", () => {
  for (const one of [tmpfs("/"), bind("/src", "/"), hide("/")])
    refuses(() => onHost([{ ...one, directive: "Row" }]), /^cannot honour Row=: found "\/"/);
  const onRoot = edit("noExec", "/", { directive: "NoExecPaths" });
  refuses(() => applyMounts(specWith(), [onRoot], factsOfImage()), /NoExecPaths=: found "\/"/);
});

test("without edits the spec of an image stays as it is", () => {
  const spec = specWith();
  assert.is(applyMounts(spec, [], factsOfImage()), spec);
});

test("the host's own devices are always bound, as runtimes change a /dev where nothing is mounted", () => {
  const facts = factsOfHost({ host: { "/dev/null": "device" }, submounts: ["/dev", "/dev/shm"] });
  assert.equal(formatMounts(applyMounts(specWith(), [], facts)), ["/pristine/dev -> /dev bind rbind"]);
});

test("flags of the mount that a source lies in are named again, and read-only stays", () => {
  const facts = factsOfHost({ host: HOST, flags: { "/data": ["nosuid", "nodev"], "/src": ["ro", "noexec"] } });
  const edits = [ro("/data/a"), bind("/src/sub", "/usr/local"), bind("/data/later", "/var/lib")];
  assert.equal(formatMounts(applyMounts(specWith(), edits, facts)), [
    "/pristine/data/a -> /data/a bind rbind nosuid nodev rro",
    "/pristine/src/sub -> /usr/local bind rbind noexec rro",
    "/pristine/data/later -> /var/lib bind rbind nosuid nodev",
  ]);
});

const PROC: Mount = { destination: "/proc", type: "proc", source: "proc" };
const SYS: Mount = { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "ro"] };
const DEV: Mount = { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid"] };
const volume = (destination: string, ...options: readonly string[]): Mount => ({
  destination,
  type: "bind",
  source: `/volumes${destination}`,
  options: ["rbind", ...options],
});
const IMAGE = {
  "/usr/local/share": "directory",
  "/etc/hosts": "file",
  "/root": "directory",
  "/data": "directory",
} as const;

function inImage(mounts: readonly Mount[], edits: readonly PathEdit[], more: Partial<Spec> = {}): Spec {
  return applyMounts(specWith(mounts, more), edits, image());
}

function image(): Facts {
  return factsOfImage({
    host: { ...HOST, "/volumes/data/sub": "directory", "/volumes/etc/hosts": "file", "/sys/kernel": "directory" },
    rootfs: IMAGE,
  });
}

test("the engine's own files become read-only, its volumes and kernel file systems stay", () => {
  const hosts = volume("/etc/hosts", "rprivate", "rw");
  const spec = inImage([PROC, SYS, DEV, volume("/data", "rw"), hosts], [ro("/"), edit("readWriteImplicit", "/proc")]);
  assert.is(spec.root?.readonly, true);
  assert.equal(spec.mounts?.slice(0, 4), [PROC, SYS, DEV, volume("/data", "rw")]);
  assert.equal(spec.mounts?.[4]?.options, ["rbind", "rprivate", "ro"]);
});

test("an engine's tmpfs on /tmp stays, a temporary file system on a volume's path replaces it in its place", () => {
  const tmp: Mount = { destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["size=1m"] };
  assert.equal(inImage([tmp], [edit("privateTmp", "/tmp", { options: [] })]).mounts, [tmp]);
  assert.equal(formatMounts(inImage([volume("/data"), tmp], [tmpfs("/data")])), [
    "tmpfs -> /data tmpfs mode=0755",
    "tmpfs -> /tmp tmpfs size=1m",
  ]);
});

test("a volume on a path that must be read-only becomes so, one that is read-only stays so", () => {
  assert.equal(inImage([volume("/data", "rw")], [ro("/data")]).mounts?.[0]?.options, ["rbind", "rro"]);
  const readOnly = volume("/data", "ro");
  assert.equal(inImage([readOnly], [ro("/"), rw("/data")]).mounts, [readOnly]);
});

test("volumes below an inaccessible path go, and what hides it takes their place", () => {
  const spec = inImage([volume("/root/a"), volume("/data")], [hide("/root")]);
  assert.equal(
    spec.mounts?.map((mount) => mount.destination),
    ["/data", "/root"],
  );
});

test("our mounts come after what they lie on and before what lies on them", () => {
  const engine = [volume("/usr/local"), volume("/data/deep"), volume("/root")];
  const spec = inImage(engine, [tmpfs("/data"), tmpfs("/usr/local/x"), ro("/usr")]);
  const order = spec.mounts?.map((mount) => mount.destination);
  assert.equal(order, ["/usr", "/usr/local", "/data", "/data/deep", "/root", "/usr/local/x"]);
});

test("a hole in a read-only part of an image undoes what was set above, and only that", () => {
  assert.equal(formatMounts(inImage([], [ro("/usr"), rw("/usr/local")])), [
    "/image/usr -> /usr bind rbind rro",
    "/image/usr/local -> /usr/local bind rbind rrw",
  ]);
  assert.equal(formatMounts(inImage([], [ro("/"), rw("/usr/local")])), ["/image/usr/local -> /usr/local bind rbind"]);
});

test("a root that the engine made read-only gets no holes", () => {
  const spec = inImage([], [ro("/"), rw("/usr/local")], { root: { path: "x", readonly: true } });
  assert.equal(spec.mounts, []);
});

test("inside a volume nothing is bound: read-only is left to the runtime, holes are refused", () => {
  const spec = inImage([volume("/data")], [ro("/data/sub")]);
  assert.equal(spec.mounts, [volume("/data")]);
  assert.equal(spec.linux?.readonlyPaths, ["/data/sub"]);
  refuses(() => inImage([volume("/data")], [ro("/data"), rw("/data/sub")]), /cannot change "\/data\/sub" alone/);
});

test("paths in the spec's own /proc and /sys are listed, next to those of the engine", () => {
  const linux = { readonlyPaths: ["/proc/asound"], maskedPaths: ["/proc/acpi"], mountLabel: "x" };
  const rwSys = { ...SYS, options: [] };
  const spec = inImage([PROC, rwSys], [ro("/proc/sys"), ro("/sys/kernel"), hide("/proc/kcore")], { linux });
  assert.equal(spec.linux, {
    readonlyPaths: ["/proc/asound", "/proc/sys", "/sys/kernel"],
    maskedPaths: ["/proc/acpi", "/proc/kcore"],
    mountLabel: "x",
  });
});

test.run();
