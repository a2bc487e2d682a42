import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { arm, disarm } from "../faults.ts";

/**
 * Lets the system calls FIRST, FIRST + STRIDE … of `dynuser prepare … create` fail in turn with ERRNO, then those of the release, for the
 * container of BUNDLE. Prints what is not as it should be, one line each, and in the end how many steps failed.
 */
const [errno = "", bundle = "", runtime = "", first = "1", stride = "1"] = process.argv.slice(2);
const { prepareRuntimeCall } = await import("../../../src/engine/runtime/prepare.ts");
const { openRegistryAt } = await import("../../../src/start/registry.ts");
const { collect } = await import("../../../src/identity/collect.ts");
const { DEFAULT_RULES } = await import("../../../src/identity/registry.ts");
const { ownClient } = await import("../../../src/sys/process/client.ts");
const { callRelease } = await import("../../../src/engine/release.ts");

const log = `${bundle}/log`;
const call = ["--root", "/run/faulty", "--log", log, "--log-format", "json", "create", "--bundle", bundle, "c"];
const key = "run:faulty:c";
const original = fs.readFileSync(`${bundle}/config.json`, "utf8");
const say = (text: string) => fs.writeSync(1, `${text}\n`);

/** What a container could leave on the host; not what is remembered of runtimes and UIDs, and the ledger. */
function traces(): string {
  const find = `find /run/dynuser/containers /run/dynuser/holders /run/dynuser/leases /run/userdb /run/systemd/dynamic-uid \
    /var/lib /var/cache /run/private /run/faulty ${bundle} -mindepth 1 -not -path '/var/lib/dynuser*' -not -name log -printf '%p %U %m\\n'`;
  return spawnSync("sh", ["-c", `${find} 2>/dev/null | sort`], { encoding: "utf8" }).stdout;
}

async function prepare(): Promise<number> {
  fs.rmSync(log, { force: true });
  return (await prepareRuntimeCall(["--runtime", runtime, "--", ...call], ownClient())).status;
}

async function restore(): Promise<void> {
  await callRelease([key], ownClient());
  fs.writeFileSync(`${bundle}/config.json`, original);
  fs.rmSync(`${bundle}/config.dynuser-original.json`, { force: true });
}

const message = () => (fs.existsSync(log) ? String(JSON.parse(fs.readFileSync(log, "utf8")).msg) : "");

for (let round = 0; round < 2; round++) {
  if ((await prepare()) !== 0) say(`cannot prepare at all: ${message()}`);
  await restore();
}
const clean = traces();
let failures = 0;

for (let at = Number(first); ; at += Number(stride)) {
  arm({ at, what: errno });
  const code = await prepare();
  const { hit } = disarm();
  if (hit === "") {
    await restore();
    break;
  }
  if (code !== 0) {
    failures += 1;
    if (fs.readFileSync(`${bundle}/config.json`, "utf8") !== original) say(`config.json changed: ${errno} at ${hit}`);
    if (!/^dynuser: (cannot|found) .*/.test(message()) || /internal error/.test(message()))
      say(`${errno} at ${hit}: ${message()}`);
    collect(openRegistryAt("/run/dynuser", DEFAULT_RULES));
    if (traces() !== clean) say(`left by ${errno} at ${hit}: ${difference(traces())}`);
  }
  await restore();
  if (traces() !== clean) say(`left in the end by ${errno} at ${hit}: ${difference(traces())}`);
}

for (let at = Number(first); ; at += Number(stride)) {
  await prepare();
  arm({ at, what: errno });
  let failure: unknown;
  try {
    await callRelease([key], ownClient());
  } catch (error) {
    failure = error;
  }
  const { hit } = disarm();
  if (failure !== undefined) {
    failures += 1;
    if (!/^UserErrors?: cannot /.test(String(failure))) say(`release, ${errno} at ${hit}: ${failure}`);
  }
  await restore();
  collect(openRegistryAt("/run/dynuser", DEFAULT_RULES));
  if (traces() !== clean) say(`left by a release, ${errno} at ${hit}: ${difference(traces())}`);
  if (hit === "") break;
}
say(`${failures} steps failed`);

function difference(now: string): string {
  const before = new Set(clean.split("\n"));
  return (
    now
      .split("\n")
      .filter((line) => !before.has(line))
      .join(", ") || "something is missing"
  );
}
