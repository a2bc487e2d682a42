import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { shell } from "../hosts/scratch.ts";
import { REFERENCE_TREE } from "../hosts/systemdHost.ts";

/** What `systemd-analyze security --offline=true` says of one unit. */
export interface Verdict {
  /** `4.5` */
  readonly overall: string;
  readonly rows: readonly VerdictRow[];
}

export interface VerdictRow {
  readonly json_field: string;
  /** Good, bad, or null where the row is not asked. */
  readonly set: boolean | null;
  /** `0.2`; null where it costs nothing. */
  readonly exposure: string | null;
  readonly description: string;
}

/** In the reference's own tree, which needs no booted systemd for this. */
const SCRIPT = `
tree=$1 units=$2
mount -t tmpfs tmpfs "$tree/mnt"
cp "$units"/*.service "$tree/mnt"
mount -t proc proc "$tree/proc"
mount -t tmpfs tmpfs "$tree/run"
for unit in "$tree"/mnt/*.service; do
  echo "unit \${unit##*/}"
  chroot "$tree" systemd-analyze security --offline=true --json=short "/mnt/\${unit##*/}" 2>/dev/null || true
  echo
  chroot "$tree" systemd-analyze security --offline=true "/mnt/\${unit##*/}" 2>/dev/null | grep -o 'Overall.*' || true
done >"$units/verdicts"`;

/** By the units' names; units that systemd does not read are left out. */
export function askSystemd(paths: readonly string[]): ReadonlyMap<string, Verdict> {
  if (!existsSync(REFERENCE_TREE))
    throw new Error(`no systemd to compare with: make ${REFERENCE_TREE} with tools/setup.sh test`);
  const directory = mkdtempSync("/tmp/dynuser-test-");
  try {
    for (const path of paths) cpSync(path, `${directory}/${basename(path)}`);
    shell('exec unshare -m --propagation private bash -euc "$1" bash "$2" "$3"', SCRIPT, REFERENCE_TREE, directory);
    const output = readFileSync(`${directory}/verdicts`, "utf8");
    return new Map(
      output
        .split(/^unit /m)
        .slice(1)
        .flatMap(readVerdict),
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function readVerdict(text: string): readonly (readonly [string, Verdict])[] {
  const [name = "", json = "", ...rest] = text.split("\n");
  const overall = /exposure level for .*: (\d+\.\d) /.exec(rest.join("\n"))?.[1];
  return overall === undefined ? [] : [[name, { overall, rows: JSON.parse(json) }]];
}
