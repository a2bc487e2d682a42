import { annotateAttributes } from "../../model/attribute.ts";
import type { Edit } from "../../model/edit.ts";
import { annotateNetworkRules } from "../../model/networkRule.ts";
import type { Spec } from "../../oci/spec.ts";

/** Attributes and network rules go along as annotations, as the runtime specification has no field for them. */
export function applyAttributes(spec: Spec, edits: readonly Edit[]): Spec {
  const attributes = edits.flatMap((edit) =>
    edit.kind === "attribute" ? [{ owner: edit.owner, attribute: edit.attribute }] : [],
  );
  const rules = edits.flatMap((edit) => (edit.kind === "networkRule" ? [{ owner: edit.owner, rule: edit.rule }] : []));
  const annotations = annotateNetworkRules(annotateAttributes(spec.annotations ?? {}, attributes), rules);
  const isUnchanged = spec.annotations === undefined && Object.keys(annotations).length === 0;
  return isUnchanged ? spec : { ...spec, annotations };
}
