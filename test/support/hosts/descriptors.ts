import { readdirSync, readlinkSync } from "node:fs";

/** What this process has open, by descriptor. The JavaScript engine closes descriptors at any time. */
export function openDescriptors(): ReadonlyMap<string, string> {
  const found = readdirSync("/proc/self/fd").flatMap((descriptor) => {
    try {
      return [[descriptor, readlinkSync(`/proc/self/fd/${descriptor}`)] as const];
    } catch {
      return []; // the one that read the directory
    }
  });
  return new Map(found);
}

/** What has been opened since and is still open. */
export function openedSince(before: ReadonlyMap<string, string>): readonly string[] {
  return [...openDescriptors()].filter(([descriptor, file]) => before.get(descriptor) !== file).map(([, file]) => file);
}
