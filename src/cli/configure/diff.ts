import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import type { FileChange } from "./setup.ts";

/** As `diff -u`; /dev/null stands for a missing file. */
export function formatDiff({ path, before, after }: FileChange): string {
  const [from, to] = [before, after].map((text) => (text === undefined ? "/dev/null" : path));
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY };
  return createTwoFilesPatch(from!, to!, before ?? "", after ?? "", undefined, undefined, options).trimEnd();
}
