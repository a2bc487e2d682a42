import { type Finding, problem } from "../finding.ts";
import type { Image } from "./image.ts";

/** Permissions of others: a dynamic user owns no file of an image. */
const READ = 0o4;
const EXECUTE = 0o1;

/** The first of the directories above `path`, or the file, that others cannot execute. */
export function* findClosed(path: string, needed: "execute" | "read and execute", image: Image): Iterable<Finding> {
  const bits = needed === "execute" ? EXECUTE : READ | EXECUTE;
  for (const directory of parentsOf(image.look(path).path)) {
    if ((image.look(directory).mode & EXECUTE) !== 0) continue;
    yield problem(
      `others than its owner cannot enter ${directory}, which is on the way to ${path}`,
      `chmod o+x ${directory} in the image`,
    );
  }
  const { mode, path: real } = image.look(path);
  if ((mode & bits) !== bits) {
    const right = needed === "execute" ? "o+x" : "o+rx";
    yield problem(`others than its owner cannot ${needed} ${real}`, `chmod ${right} ${real} in the image`);
  }
}

function parentsOf(path: string): readonly string[] {
  const names = path.split("/").filter(Boolean).slice(0, -1);
  return ["/", ...names.map((_, index) => `/${names.slice(0, index + 1).join("/")}`)];
}
