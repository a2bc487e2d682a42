import type { Edit } from "../edit.ts";
import type { Linux, Resources, Spec } from "../oci/spec.ts";

/** Scalars of `linux`, and `linux.resources` member by member. */
export function applyLinux(spec: Spec, edits: readonly Edit[]): Spec {
  return edits.reduce(applyEdit, spec);
}

function applyEdit(spec: Spec, edit: Edit): Spec {
  switch (edit.kind) {
    case "linux":
      return changeLinux(spec, { [edit.field]: edit.value });
    case "resources":
      return changeLinux(spec, { resources: joinResources(spec.linux?.resources ?? {}, edit.resources) });
    default:
      return spec;
  }
}

function changeLinux(spec: Spec, changes: Linux): Spec {
  return { ...spec, linux: { ...spec.linux, ...changes } };
}

/** Ours replace the engine's; lists of devices are joined, with one entry for each device. */
function joinResources(before: Resources, wanted: Resources): Resources {
  const { memory, cpu, blockIO, unified, ...rest } = wanted;
  return {
    ...before,
    ...rest,
    ...(memory && { memory: { ...before.memory, ...memory } }),
    ...(cpu && { cpu: { ...before.cpu, ...cpu } }),
    ...(blockIO && { blockIO: joinBlockIO(before.blockIO ?? {}, blockIO) }),
    ...(unified && { unified: { ...before.unified, ...unified } }),
  };
}

type BlockIO = NonNullable<Resources["blockIO"]>;

function joinBlockIO(before: BlockIO, wanted: BlockIO): BlockIO {
  const joined = Object.entries(wanted).map(([name, value]) => {
    const earlier = before[name as keyof BlockIO];
    return [name, Array.isArray(value) && Array.isArray(earlier) ? joinDevices(earlier, value) : value] as const;
  });
  return { ...before, ...Object.fromEntries(joined) };
}

interface OfDevice {
  readonly major: number;
  readonly minor: number;
}

function joinDevices(before: readonly OfDevice[], wanted: readonly OfDevice[]): readonly OfDevice[] {
  const isAsked = ({ major, minor }: OfDevice) => wanted.some((one) => one.major === major && one.minor === minor);
  return [...before.filter((one) => !isAsked(one)), ...wanted];
}
