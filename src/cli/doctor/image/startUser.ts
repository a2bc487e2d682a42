import { type Area, ok } from "../finding.ts";
import type { Image } from "./image.ts";

export const startUser: Area<Image> = {
  name: "user",
  *probe({ user }) {
    if (user === undefined) yield ok("a directory without a config names no user");
    else if (/^(?:0|root)?(?::.*)?$/.test(user)) yield ok("the image starts as root; the dynamic user takes its place");
    else yield ok(`the image starts as ${user}; the dynamic user takes its place`);
  },
};
