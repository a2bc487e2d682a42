import { mkdirSync } from "node:fs";
import { claim } from "../../../src/identity/claim.ts";
import { DEFAULT_RULES, recordsIn } from "../../../src/identity/registry.ts";
import { STATE_DIRECTORY } from "../../../src/model/paths.ts";
import { openRegistryAt } from "../../../src/start/registry.ts";
import { dynamicRequest } from "./registry.ts";

/**
 * `holders.ts COUNT [NAME]` gives as many containers of this host a user of their own, as if the first process had created
 * them. They stay until they are collected after that one.
 */
const [count, name = "held"] = process.argv.slice(2);
const registry = { ...openRegistryAt(STATE_DIRECTORY, DEFAULT_RULES), collectsFirst: false };
mkdirSync(recordsIn(STATE_DIRECTORY), { recursive: true, mode: 0o711 });
for (let index = 0; index < Number(count); index++) {
  const key = `run:crun:${name}-${index}`;
  const request = dynamicRequest(`${name}-${index}`, key);
  mkdirSync(`${recordsIn(STATE_DIRECTORY)}/${key}`, { recursive: true, mode: 0o700 });
  claim({ ...request, holder: { ...request.holder, pid: 1 } }, registry);
}
