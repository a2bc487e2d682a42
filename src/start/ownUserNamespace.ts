import { mapOwnersToHost, sharingMaps } from "../apply/userNamespace.ts";
import type { UserNamespaceEdit } from "../model/edit.ts";
import type { Identity } from "../model/facts.ts";
import type { Plan } from "../model/plan.ts";
import type { Spec } from "../oci/spec.ts";

interface Start {
  readonly spec: Spec;
  readonly userNamespace?: UserNamespaceEdit | undefined;
}

/** The plan with the owners of files as dynuser knows them. */
export function mapOwners(plan: Plan, { spec, userNamespace: own }: Start, identity: Identity | undefined): Plan {
  return mapOwnersToHost(plan, own && identity ? sharingMaps(own, identity) : spec.linux);
}

/** Last, as it replaces the one that PrivateUsers= asks for. */
export function withUserNamespace(plan: Plan, { userNamespace: item }: Start): Plan {
  return item === undefined ? plan : { ...plan, edits: [...plan.edits, { owner: "dynuser run", item }] };
}
