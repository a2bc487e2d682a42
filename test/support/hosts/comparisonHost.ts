import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Spec } from "../../../src/oci/spec.ts";
import { parseMounts } from "../bundles/mountTable.ts";
import type { Start } from "../systemd/compare.ts";
import { changesSince, diskState, removeNew } from "../systemd/diskState.ts";
import { observe, type Surroundings } from "../systemd/observation.ts";
import { furnish } from "./furnishing.ts";
import { bootSystemdHost, type Furnishing, type SystemdHost } from "./systemdHost.ts";

/** Where everything lies inside the reference's own root, which both sides see. */
export const DYNUSER = "/usr/local/bin/dynuser";
const PROBE = "/usr/local/bin/probe";

const OUTPUT = "/run/harness";
const UNITS = `${OUTPUT}/units`;
/** Runtimes that keep a copy of the config they are given. */
const WITNESSES = "/usr/local/lib/witness";
const SPEC = `${OUTPUT}/config.json`;

const ROOT = join(import.meta.dirname, "../../..");
export const RUNTIMES = { crun: "/usr/bin/crun", runc: "/usr/sbin/runc" } as const;
export type RuntimeName = keyof typeof RUNTIMES;

/** A booted systemd with dynuser, the low-level runtimes and the probe beside it, in the same file system. */
export interface Laboratory {
  readonly reference: SystemdHost;
  readonly outside: Surroundings;
  /** Makes unit files known to both sides; their file names are the units' names. */
  addUnits(paths: readonly string[]): void;
  startWithSystemd(unit: string): Start;
  startWithDynuser(unit: string, runtime: RuntimeName): Start;
  /** The config of the last start with dynuser that got as far as the runtime. */
  lastSpec(): Spec | undefined;
  /** Removes everything that the starts left on disk. */
  clean(): void;
  stop(): Promise<void>;
}

export async function openLaboratory(furnishing?: Furnishing): Promise<Laboratory> {
  const reference = await bootSystemdHost(furnishing);
  const { root } = reference;
  install(root);
  furnish(root);
  const outside = surroundings(reference.pid);
  const pristine = diskState(root);

  const observed = (start: () => { readonly output: string; readonly messages: string }): Start => {
    const before = diskState(root);
    const { output, messages } = start();
    return { seen: observe(output, outside), disk: changesSince(before, diskState(root)), messages };
  };
  return {
    reference,
    outside,
    addUnits: (paths) => addUnits(reference, paths),
    startWithSystemd: (unit) => observed(() => startWithSystemd(reference, unit)),
    startWithDynuser: (unit, runtime) => observed(() => startWithDynuser(reference, unit, runtime)),
    lastSpec: () => (existsSync(root + SPEC) ? JSON.parse(readFileSync(root + SPEC, "utf8")) : undefined),
    clean: () => removeNew(root, pristine),
    stop: () => reference.stop(),
  };
}

function install(root: string): void {
  copyFileSync(join(import.meta.dirname, "probe.sh"), root + PROBE);
  const binary = join(ROOT, "dist/dynuser");
  if (existsSync(binary)) copyFileSync(binary, root + DYNUSER);
  for (const directory of ["/run/userdb", OUTPUT, UNITS, WITNESSES]) mkdirSync(root + directory, { recursive: true });
  for (const [name, program] of Object.entries(RUNTIMES)) {
    copyFileSync(program, root + program);
    installLibraries(root, program);
    writeFileSync(`${root}${WITNESSES}/${name}`, witness(program), { mode: 0o755 });
  }
}

function witness(program: string): string {
  return `#!/bin/sh
bundle=.
previous=
for word; do
  case $previous in -b | --bundle) bundle=$word ;; esac
  case $word in --bundle=*) bundle=\${word#--bundle=} ;; esac
  previous=$word
done
[ ! -e "$bundle/config.json" ] || cp "$bundle/config.json" ${SPEC}
exec ${program} "$@"
`;
}

/** Those libraries of this host's program that the tree lacks. */
export function installLibraries(root: string, program: string): void {
  const libraries = spawnSync("ldd", [program], { encoding: "utf8" }).stdout.matchAll(/=> (\/\S+)/g);
  for (const [, library = ""] of libraries) {
    if (existsSync(root + library)) continue;
    mkdirSync(root + dirname(library), { recursive: true });
    copyFileSync(library, root + library);
  }
}

function surroundings(pid: number): Surroundings {
  const namespaces = ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"];
  return {
    mounts: parseMounts(readFileSync(`/proc/${pid}/mountinfo`, "utf8")),
    namespaces: new Map(namespaces.map((name) => [name, readlinkSync(`/proc/${pid}/ns/${name}`)])),
  };
}

function addUnits(reference: SystemdHost, paths: readonly string[]): void {
  for (const path of paths) {
    const unit = basename(path);
    const known = `${reference.root}/run/systemd/system/${unit}`;
    copyFileSync(path, `${reference.root}${UNITS}/${unit}`);
    mkdirSync(`${known}.d`, { recursive: true });
    copyFileSync(path, known);
    writeFileSync(`${known}.d/harness.conf`, systemdOnly(unit));
  }
  const { status, stderr } = reference.run(["systemctl", "daemon-reload"]);
  if (status !== 0) throw new Error(`systemd cannot read the units: ${stderr}`);
}

/** What makes systemd wait for the end and hand over the output. */
function systemdOnly(unit: string): string {
  return `[Unit]
StartLimitIntervalSec=0
[Service]
Type=oneshot
StandardOutput=truncate:${OUTPUT}/${unit}.out
StandardError=truncate:${OUTPUT}/${unit}.err
`;
}

function startWithSystemd(
  reference: SystemdHost,
  unit: string,
): { readonly output: string; readonly messages: string } {
  const files = ["out", "err"].map((end) => `${reference.root}${OUTPUT}/${unit}.${end}`);
  for (const file of files) rmSync(file, { force: true });
  const { stderr } = reference.run(["systemctl", "start", unit]);
  const status = reference.run(["systemctl", "show", "-p", "Result,ExecMainStatus", unit]).stdout;
  const [output = "", messages = ""] = files.map((file) => (existsSync(file) ? readFileSync(file, "utf8") : ""));
  return { output, messages: status + stderr + messages };
}

function startWithDynuser(
  reference: SystemdHost,
  unit: string,
  runtime: RuntimeName,
): { readonly output: string; readonly messages: string } {
  rmSync(reference.root + SPEC, { force: true });
  const command = [DYNUSER, "run", "--runtime", `${WITNESSES}/${runtime}`, "--unit", `${UNITS}/${unit}`];
  const { status, stdout, stderr } = reference.run(command);
  return { output: stdout, messages: `status ${status}\n${stderr}` };
}
