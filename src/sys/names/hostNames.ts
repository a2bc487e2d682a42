import { nameService } from "./nameService.ts";
import type { Names } from "./names.ts";
import { openUnknownNames } from "./unknownNames.ts";

/**
 * The host's names. A name or number that a claim asks for is nearly always unknown, and most hosts prove that by two files;
 * everything else is the name service's to say.
 */
export function hostNames(): Names {
  const unknown = openUnknownNames();
  return {
    findUser: (key) => (unknown.isUnknown("user", key) ? undefined : nameService().findUser(key)),
    findGroup: (key) => (unknown.isUnknown("group", key) ? undefined : nameService().findGroup(key)),
    groupsOf: (name, gid) => (unknown.isInNoGroup(name) ? [gid] : nameService().groupsOf(name, gid)),
  };
}
