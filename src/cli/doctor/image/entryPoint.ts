import { type Area, type Finding, ok, problem, warning } from "../finding.ts";
import type { Image } from "./image.ts";
import { findClosed } from "./permissions.ts";

export const entryPoint: Area<Image> = {
  name: "entry point",
  *probe(image) {
    const [program] = image.command ?? [];
    if (program === undefined) {
      yield ok("the image has no command; you name one");
      return;
    }
    const path = locate(program, image);
    if (path === undefined) {
      yield problem(`found no ${program} in the image`, "name the program to start");
      return;
    }
    const findings = [...probeProgram(path, image)];
    yield* findings;
    if (findings.length === 0) yield ok(`${path} can be executed by every user`);
  },
};

/** As execvp(3) finds it. */
function locate(program: string, { cwd, look, searchPath }: Image): string | undefined {
  const places = program.includes("/")
    ? [program.startsWith("/") ? program : `${cwd}/${program}`]
    : searchPath.split(":").map((directory) => `${directory}/${program}`);
  return places.find((place) => look(place).type === "file");
}

function* probeProgram(path: string, image: Image): Iterable<Finding> {
  const text = image.read(path);
  const interpreter = /^#!\s*(\S+)/.exec(text ?? "")?.[1];
  yield* findClosed(path, interpreter === undefined ? "execute" : "read and execute", image);
  if (interpreter === undefined) return;
  if (image.look(interpreter).type === "file") yield* findClosed(interpreter, "execute", image);
  else yield problem(`found no ${interpreter}, which ${path} is for`, "name the program to start");
  yield* probeStartAsRoot(path, text!);
}

/** Commands of entry point scripts that need root: they prepare files and then change the user. */
const ROOT_STEPS = [
  {
    pattern: /\b(gosu|su-exec|setpriv|runuser|chroot|s6-setuidgid|setuidgid|start-stop-daemon)\b/,
    does: "becomes another user with",
  },
  { pattern: /\b(chown|useradd|usermod|groupadd|adduser|addgroup|setcap|mknod|mount)\b/, does: "calls" },
] as const;

function* probeStartAsRoot(path: string, text: string): Iterable<Finding> {
  const lines = text.split("\n").map((line) => line.replace(/^\s*#.*/, ""));
  for (const { pattern, does } of ROOT_STEPS) {
    const index = lines.findIndex((line) => pattern.test(line));
    if (index < 0) continue;
    yield warning(
      `${path} ${does} ${pattern.exec(lines[index]!)![1]} (line ${index + 1}), which needs root`,
      "name the program itself as the command, and give it what it writes with StateDirectory= and CacheDirectory=",
    );
  }
}
