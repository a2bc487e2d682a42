import { arm } from "../faults.ts";

/** `victim.ts DIRECTORY claim|release STEP`: does it in the allocator below DIRECTORY and is killed at that system call. */
const [directory = "", verb = "", step = ""] = process.argv.slice(2);
const { claim } = await import("../../../src/identity/claim.ts");
const { release } = await import("../../../src/identity/release.ts");
const { dynamicRequest, scratchRegistry } = await import("./registry.ts");

const registry = scratchRegistry(directory);
const request = dynamicRequest("foo", "c", { groupName: "web", supplementary: ["tty"] });
if (verb === "release") claim(request, registry);
arm({ at: Number(step), what: "kill" });
if (verb === "release") release("c", registry);
else claim(request, registry);
