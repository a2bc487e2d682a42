import { UserError } from "../../../src/errors.ts";
import { claim } from "../../../src/identity/claim.ts";
import { collect } from "../../../src/identity/collect.ts";
import { openRegistry } from "../../../src/identity/openRegistry.ts";
import { release } from "../../../src/identity/release.ts";
import { dynamicRequest } from "./registry.ts";

/**
 * `claim NAME` prints the UID it holds for the container NAME until `release NAME`; `try REQUEST` prints the identity it
 * would have for a request, or that there is none; `collect`. In the host's own places, without rest.
 */
const [verb = "", argument = ""] = process.argv.slice(2);
const registry = openRegistry({ cooldownSeconds: 0, perform: () => undefined, warn: console.error });

const VERBS: Readonly<Record<string, () => void>> = {
  claim: () => {
    const holder = { id: argument, pid: 1 };
    console.log(claim(dynamicRequest(argument, argument, { holder }), registry).identity.uid);
  },
  release: () => release(argument, registry),
  collect: () => collect(registry),
  try: () => {
    try {
      const {
        uid,
        gid,
        groups,
        name,
        home = "",
      } = claim(dynamicRequest("", "try", JSON.parse(argument)), registry).identity;
      console.log(`${uid} ${gid} ${groups.join(",")} ${name} ${home}`);
      release("try", registry);
    } catch (error) {
      console.log(error instanceof UserError ? "refused" : error);
    }
  },
};

VERBS[verb]?.();
