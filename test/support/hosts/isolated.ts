import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { changesSince, readMachineState } from "./leftovers.ts";
import { reachable } from "./reachable.ts";

/*
 * Runs one file of tests inside isolate.sh: `isolated.ts FILE`. What the file leaves behind or removes is printed
 * after its output, a line each that begins with `changed: `.
 */

const [file = ""] = process.argv.slice(2);
process.env["DYNUSER_DIST"] = reachable(join(import.meta.dirname, "../../../dist"));
const before = readMachineState();
const { status, signal } = spawnSync(process.execPath, [file], { stdio: ["ignore", "inherit", "inherit"] });
for (const change of await changesSince(before)) console.log(`changed: ${change}`);
process.exitCode = status ?? 1;
if (signal !== null) console.log(`ended by ${signal}`);
