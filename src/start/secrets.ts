import { DIRECTIVES } from "../directives/index.gen.ts";
import type { Action } from "../model/action.ts";
import type { Plan } from "../model/plan.ts";
import type { Spec } from "../oci/spec.ts";

/*
 * Settings that write a secret out (SetCredential=). Their text goes into the credential's file and nowhere else: not into
 * records, output or the runtime's state.
 */

/** The config for the runtime, which copies annotations into its state and hands them to every hook. */
export function dropSecretAnnotations(spec: Spec): Spec {
  const { annotations } = spec;
  if (annotations === undefined || !Object.keys(annotations).some(isSecret)) return spec;
  return {
    ...spec,
    annotations: Object.fromEntries(Object.entries(annotations).filter(([key]) => !isSecret(key))),
  };
}

function isSecret(key: string): boolean {
  return key.startsWith("dynuser/") && DIRECTIVES.get(key.slice("dynuser/".length))?.secret === true;
}

/** The plan as people may see it. */
export function hideSecrets(plan: Plan): Plan {
  return { ...plan, actions: plan.actions.map((owned) => ({ ...owned, item: hideText(owned.item) })) };
}

function hideText(action: Action): Action {
  if (action.kind !== "credentials") return action;
  const credentials = action.credentials.map((credential) =>
    credential.from.kind === "text" ? { ...credential, from: { kind: "text", base64: HIDDEN } as const } : credential,
  );
  return { ...action, credentials };
}

const HIDDEN = "(not shown)";
