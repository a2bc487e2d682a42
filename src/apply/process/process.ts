import type { Edit, ProcessEdit, RlimitEdit, UserEdit } from "../../model/edit.ts";
import type { Process, Rlimit, Spec, User } from "../../oci/spec.ts";
import { applyCapabilities } from "./capabilities.ts";

/** crun keeps the supplementary groups of its caller where this annotation is set. */
const KEEP_GROUPS = "run.oci.keep_original_groups";

/** User, capabilities, limits and the scalars of `process`; a spec without a process stays as it is. */
export function applyProcess(spec: Spec, edits: readonly Edit[]): Spec {
  return applyCapabilities(edits.reduce(applyEdit, spec), edits);
}

function applyEdit(spec: Spec, edit: Edit): Spec {
  const { process } = spec;
  if (process === undefined) return spec;
  switch (edit.kind) {
    case "user":
      return dropKeptGroups({ ...spec, process: { ...process, user: withUser(process.user, edit) } });
    case "process":
      return { ...spec, process: withScalar(process, edit) };
    case "rlimit":
      return { ...spec, process: { ...process, rlimits: withLimit(process.rlimits ?? [], edit) } };
    default:
      return spec;
  }
}

function withUser(user: User, { uid, gid, additionalGids }: UserEdit): User {
  const { username: _, ...rest } = user;
  return { ...rest, uid, gid, additionalGids };
}

function dropKeptGroups(spec: Spec): Spec {
  if (spec.annotations === undefined || !Object.hasOwn(spec.annotations, KEEP_GROUPS)) return spec;
  const { [KEEP_GROUPS]: _, ...annotations } = spec.annotations;
  return { ...spec, annotations };
}

function withScalar(process: Process, edit: ProcessEdit): Process {
  if (edit.field === "umask") return { ...process, user: { ...process.user, umask: edit.value } };
  return { ...process, [edit.field]: edit.value };
}

/** Runtimes refuse two limits of one type. */
function withLimit(limits: readonly Rlimit[], { type, soft, hard }: RlimitEdit): readonly Rlimit[] {
  const place = limits.findIndex((limit) => limit.type === type);
  const others = limits.filter((limit) => limit.type !== type);
  return others.toSpliced(place < 0 ? others.length : place, 0, { type, soft, hard });
}
