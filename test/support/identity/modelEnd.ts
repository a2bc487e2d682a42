import * as fs from "node:fs";
import { replaced } from "../faults.ts";
import { range } from "./modelRange.ts";

/** Ends what still runs in the model below DIRECTORY; prints what is held then, or lost. */
const [directory = ""] = process.argv.slice(2);
replaced.set("/proc/sys/kernel/random/boot_id", fs.readFileSync(`${directory}/boot`, "utf8"));
const { claim } = await import("../../../src/identity/claim.ts");
const { collect } = await import("../../../src/identity/collect.ts");
const { readHistory } = await import("../../../src/identity/history.ts");
const { listHolders } = await import("../../../src/identity/holder.ts");
const { findLost } = await import("../../../src/identity/leftovers.ts");
const { endProcessesOf, hasProcesses } = await import("../../../src/identity/processes.ts");
const { release } = await import("../../../src/identity/release.ts");
const { dynamicRequest, scratchRegistry } = await import("./registry.ts");

const registry = scratchRegistry(directory, { range, warn: (text) => console.log(`warning: ${text}`) });
collect(registry);
for (const id of listHolders(registry)) release(id, registry);
// Where the file of a further holder is lost, the UID is kept until its processes end: they may be that holder's.
for (const lost of findLost(registry)) if (lost.kind === "uid") endProcessesOf(lost.uid);
collect(registry);
const { stateDir, userdb, dynamicUids } = registry.paths;
for (const path of [`${stateDir}/holders`, `${stateDir}/leases`, userdb, dynamicUids]) {
  for (const name of fs.readdirSync(path)) console.log(`left: ${path}/${name}`);
}
for (const lost of findLost(registry)) console.log(`lost: ${JSON.stringify(lost)}`);
for (let uid = range.first; uid <= range.last; uid++) if (hasProcesses(uid)) console.log(`UID ${uid} has processes`);
for (const line of readHistory(registry).damaged) console.log(`damaged: ${line}`);

// every UID can be had again, under other names
const size = range.last - range.first + 1;
const uids = new Set<number>();
for (let i = 0; i < size; i++) uids.add(claim(dynamicRequest(`again${i}`, `again${i}`), registry).identity.uid);
if (uids.size !== size) console.log(`${uids.size} UIDs of ${size}`);
for (let i = 0; i < size; i++) release(`again${i}`, registry);
