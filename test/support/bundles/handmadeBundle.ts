import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { applyMounts } from "../../../src/apply/mounts/mounts.ts";
import { BindPaths, BindReadOnlyPaths } from "../../../src/directives/bindPaths.ts";
import { PrivateTmp } from "../../../src/directives/privateTmp.ts";
import { ProtectHome } from "../../../src/directives/protectHome.ts";
import { ProtectSystem } from "../../../src/directives/protectSystem.ts";
import * as lists from "../../../src/directives/readWritePaths.ts";
import { TemporaryFileSystem } from "../../../src/directives/temporaryFileSystem.ts";
import { rootfsTree } from "../../../src/host/tree.ts";
import type { Context, Directive } from "../../../src/model/directive.ts";
import type { PathEdit } from "../../../src/model/edit.ts";
import type { Facts, Submount } from "../../../src/model/facts.ts";
import { makeService } from "../../../src/model/service.ts";
import type { Mount, Spec } from "../../../src/oci/spec.ts";
import { factsOfHost, factsOfImage } from "../hosts/facts.ts";
import type { Run, SystemdHost } from "../hosts/systemdHost.ts";
import { recordReading } from "../systemd/reading.ts";
import { mountOf, mountPaths, parseMounts } from "./mountTable.ts";

const COPY = "/run/bundle/rootfs";
const PRISTINE = "/run/bundle/host";
const ROWS = [
  ...[ProtectSystem, ProtectHome, PrivateTmp, BindPaths, BindReadOnlyPaths, TemporaryFileSystem],
  ...Object.values(lists),
] as readonly Directive[];

/** What the path directives among `settings` (`Name=Value`) want of a container with these facts. */
export function pathEdits(settings: readonly string[], facts: Facts): readonly PathEdit[] {
  const values = new Map<Directive, unknown>();
  for (const setting of settings) {
    const [name, text] = setting.split(/=(.*)/s) as [string, string];
    // What systemd-run takes for PrivateTmp= with more words than yes and no.
    const row = ROWS.find((one) => one.name === name || `${one.name}Ex` === name);
    if (row === undefined) continue;
    const value = row.value.parse(text, recordReading());
    const earlier = values.get(row);
    values.set(row, earlier === undefined || !row.value.merge ? value : row.value.merge(earlier, value));
  }
  const scope = {
    name: "t",
    unit: "t.service",
    containerId: "t",
    token: "0123456789abcdef",
    directory: "/run/bundle",
    environment: {},
  };
  const context: Context = { service: makeService(values), identity: undefined, spec: BARE, facts, scope };
  const changes = [...values].flatMap(([row, value]) => [...(row.plan?.(value, context) ?? [])]);
  return changes.filter((change): change is PathEdit => change.kind === "path");
}

const CAPABILITIES = ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE", "CAP_CHOWN", "CAP_FOWNER"];

/** The least that both runtimes run. */
const BARE: Spec = {
  ociVersion: "1.0.2",
  process: {
    user: { uid: 0, gid: 0 },
    cwd: "/",
    args: [],
    env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
    capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES },
  },
  root: { path: COPY },
  mounts: [],
  linux: { namespaces: [{ type: "mount" }], rootfsPropagation: "rprivate" },
};

/** Facts of the reference's own file system, for containers that run in it. */
export function factsOfReference(reference: SystemdHost): Facts {
  const tree = rootfsTree(reference.root);
  const facts = factsOfHost({ submounts: submountsOf(reference) });
  return {
    ...facts,
    host: { ...facts.host, ...tree },
    rootfs: { ...facts.rootfs, ...tree, path: COPY, hostPrefix: PRISTINE },
  };
}

function submountsOf({ pid }: SystemdHost): readonly Submount[] {
  const table = parseMounts(readFileSync(`/proc/${pid}/mountinfo`, "utf8"));
  return mountPaths(table)
    .filter((path) => path !== "/")
    .map((path) => ({ path, readOnly: mountOf(table, path).options.includes("ro") }));
}

/** Runs `command` with the settings in a container of the reference's own root, as root. */
export function runBundle(
  reference: SystemdHost,
  runtime: string,
  settings: readonly string[],
  command: readonly string[],
): Run {
  return run(reference, runtime, {
    settings,
    command,
    spec: BARE,
    facts: factsOfReference(reference),
    copy: "--rbind",
  });
}

/** The same over a tree without its submounts, as an engine gives it: with kernel file systems and volumes. */
export function runImage(
  reference: SystemdHost,
  runtime: string,
  settings: readonly string[],
  command: readonly string[],
): Run {
  const tree = rootfsTree(reference.root);
  const image = factsOfImage();
  const facts = {
    ...image,
    host: { ...image.host, ...tree },
    rootfs: { ...tree, path: COPY, isHost: false, hostPrefix: "", submounts: [] },
  };
  return run(reference, runtime, {
    settings,
    command,
    spec: { ...BARE, mounts: ENGINE_MOUNTS },
    facts,
    copy: "--bind",
  });
}

const ENGINE_MOUNTS: readonly Mount[] = [
  { destination: "/proc", type: "proc", source: "proc", options: ["nosuid"] },
  { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"] },
  { destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance", "ptmxmode=0666"] },
  { destination: "/sys", type: "bind", source: "/sys", options: ["rbind", "ro"] },
  { destination: "/opt", type: "bind", source: "/var/lib/x", options: ["rbind", "rw"] },
  { destination: "/etc/hosts", type: "bind", source: "/etc/hosts", options: ["bind", "rprivate"] },
];

interface Start {
  readonly settings: readonly string[];
  readonly command: readonly string[];
  readonly spec: Spec;
  readonly facts: Facts;
  /** How `mount` makes the copy that is the rootfs. */
  readonly copy: "--bind" | "--rbind";
}

function run(reference: SystemdHost, runtime: string, { settings, command, spec, facts: known, copy }: Start): Run {
  const name = runtime.endsWith("crun") ? "crun" : "runc";
  const facts: Facts = { ...known, runtime: { ...known.runtime, name } };
  const noNewPrivileges = settings.includes("NoNewPrivileges=yes");
  const base = { ...spec, process: { ...BARE.process!, args: command, noNewPrivileges } };
  const bundle = `${reference.root}/run/bundle`;
  mkdirSync(bundle, { recursive: true });
  writeFileSync(`${bundle}/config.json`, JSON.stringify(applyMounts(base, pathEdits(settings, facts), facts), null, 2));
  return reference.run(["unshare", "-m", "--propagation", "private", "sh", "-ec", IN_COPY, "sh", runtime, copy]);
}

const IN_COPY = `
mkdir -p ${COPY} ${PRISTINE} /run/dynuser/inaccessible/dir
: >/run/dynuser/inaccessible/reg
chmod 0 /run/dynuser/inaccessible/dir /run/dynuser/inaccessible/reg
mount --rbind / ${PRISTINE}
mount $2 ${PRISTINE} ${COPY}
cd /run/bundle
case $1 in
*/crun) exec "$1" --root /run/runtime --cgroup-manager=disabled run t ;;
*) exec "$1" --root /run/runtime run t ;;
esac`;
