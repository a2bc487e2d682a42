import { claim } from "../../src/identity/claim.ts";
import { openRegistry } from "../../src/identity/registry.ts";
import { release } from "../../src/identity/release.ts";
import { dynamicRequest } from "./registry.ts";

/** `claim NAME` prints the UID it holds for the container NAME until `release NAME`; in the host's own places, without rest. */
const [verb = "", name = ""] = process.argv.slice(2);
const registry = openRegistry({ restSeconds: 0, perform: () => undefined, warn: console.error });

if (verb === "claim") {
  const holder = { id: name, pid: 1 };
  console.log(claim(dynamicRequest(name, name, { holder }), registry).identity.uid);
} else {
  release(name, registry);
}
