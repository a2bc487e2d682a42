import { type Area, ok, warning } from "../finding.ts";
import type { Image } from "./image.ts";
import { findClosed } from "./permissions.ts";

export const workingDirectory: Area<Image> = {
  name: "working directory",
  *probe(image) {
    const { cwd } = image;
    if (image.look(cwd).type !== "directory") {
      yield warning(
        `found no directory ${cwd}, which only root could make`,
        `mkdir ${cwd} in the image, or WorkingDirectory=`,
      );
      return;
    }
    const closed = [...findClosed(cwd, "execute", image)];
    yield* closed;
    if (closed.length === 0) yield ok(`${cwd} can be entered by every user`);
  },
};
