import { annotateAttributes } from "../attribute.ts";
import type { Edit } from "../edit.ts";
import type { Spec } from "../oci/spec.ts";

/** Attributes go along as an annotation, as the runtime specification has no field for them. */
export function applyAttributes(spec: Spec, edits: readonly Edit[]): Spec {
  const attributes = edits.flatMap((edit) =>
    edit.kind === "attribute" ? [{ owner: edit.owner, attribute: edit.attribute }] : [],
  );
  const annotations = annotateAttributes(spec.annotations ?? {}, attributes);
  return attributes.length === 0 && spec.annotations === undefined ? spec : { ...spec, annotations };
}
