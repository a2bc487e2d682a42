import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { openTestHost } from "../hosts/testHost.ts";

const ANNOTATIONS = [
  "DynamicUser=yes",
  "User=faulty",
  "StateDirectory=faulty",
  "RuntimeDirectory=faulty",
  "CacheDirectory=faulty",
];

/** Every `stride`-th system call of prepare and release fails with this errno; see faultyPrepare.ts. Returns how many. */
export async function runFaults(errno: string, stride: number): Promise<number> {
  const testHost = await openTestHost();
  try {
    const bundle = join(testHost.directory, "faulty");
    mkdirSync(`${bundle}/rootfs/etc`, { recursive: true });
    const config = {
      ociVersion: "1.0.2",
      process: { args: ["/bin/true"], cwd: "/", user: { uid: 0, gid: 0 }, env: ["PATH=/bin"] },
      root: { path: "rootfs" },
      mounts: [{ destination: "/proc", type: "proc", source: "proc" }],
      annotations: Object.fromEntries(ANNOTATIONS.map((one) => [`dynuser/${one.split("=")[0]}`, one.split("=")[1]])),
      linux: { namespaces: [{ type: "mount" }, { type: "pid" }], cgroupsPath: "/faulty/c" },
    };
    writeFileSync(`${bundle}/config.json`, JSON.stringify(config));
    const script = join(import.meta.dirname, "faultyPrepare.ts");
    const { stdout } = testHost.run([
      "sh",
      "-c",
      '"$@"; exit',
      "sh",
      process.execPath,
      script,
      errno,
      bundle,
      "/usr/bin/crun",
      String(stride),
    ]);
    const lines = stdout.trimEnd().split("\n");
    assert.match(lines.at(-1)!, /^\d+ steps failed$/);
    assert.equal(lines.slice(0, -1), []);
    return Number.parseInt(lines.at(-1)!, 10);
  } finally {
    await testHost.close();
  }
}
