import { NAMESPACE_FLAGS } from "../values/namespaces.ts";
import { expandCalls } from "../values/systemCalls.ts";
import type { Assess } from "./assessor.ts";
import type { Assessor } from "./assessors.ts";
import type { Evidence } from "./evidence.ts";
import { FILE_SYSTEM } from "./fileSystem.ts";
import { ISOLATION } from "./isolation.ts";
import { KERNEL } from "./kernel.ts";
import { CALLS, mayMakeNamespace } from "./systemCalls.ts";

/** Assessors by systemd's name in JSON. */
const ASSESS: Readonly<Record<string, Assess>> = { ...ISOLATION, ...FILE_SYSTEM, ...KERNEL, ...CALLS };

export function assess(assessor: Assessor, evidence: Evidence): number | undefined {
  const { capabilities, group, namespace, field } = assessor;
  if (capabilities !== undefined) return Number(capabilities.some((one) => evidence.capabilities.has(one)));
  if (namespace !== undefined) return Number(mayMakeNamespace(NAMESPACE_FLAGS[namespace], evidence));
  if (group !== undefined) return assessGroup(group, evidence);
  return ASSESS[field]!(evidence);
}

/** An allow-list with some calls of the group is slightly better than no list. */
function assessGroup(group: string, { calls, subject }: Evidence): number {
  const isReachable = [...expandCalls([group])].some((call) => subject.isNativeCall(call) && calls.mayCall(call));
  if (!isReachable) return 0;
  return calls.allowsUnnamed ? 10 : 9;
}
