import { type Area, ok, warning } from "../finding.ts";
import type { Image } from "./image.ts";

const SHOWN = 8;

export const setIdPrograms: Area<Image> = {
  name: "set-ID programs",
  *probe(image) {
    const found = image.findSetId();
    if (found.length === 0) {
      yield ok("none");
      return;
    }
    const names = found.slice(0, SHOWN).join(", ") + (found.length > SHOWN ? " and others" : "");
    yield warning(
      `${found.length} programs rely on set-user-ID or set-group-ID bits, which do nothing under a dynamic user: ${names}`,
      "no need, unless the service calls them: then take User= of the host, or do without",
    );
  },
};
