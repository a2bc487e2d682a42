import { tryReadRecord } from "../files/files.ts";

/** Whether this process is in another than the initial user namespace, which maps all IDs to themselves (user_namespaces(7)). */
export function isInUserNamespace(): boolean {
  return !/^\s*0\s+0\s+4294967295\s*$/.test(tryReadRecord("/proc/self/uid_map") ?? "");
}
