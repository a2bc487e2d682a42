import { directive } from "../model/directive.ts";
import { choice } from "../values/choice.ts";

export const KeyringMode = directive({
  name: "KeyringMode",
  summary: "How the session keyring of the service's processes is set up",
  value: choice(["inherit", "private", "shared"]),
  support: "partial",
  effect: "neutral",
  runOnly: "the engine decides whether a container has a separate keyring",
  deviation: "shared is refused, as no low-level runtime links the user's keyring into the session keyring",
  *check(mode) {
    if (mode === "shared") {
      yield "cannot honour KeyringMode=shared: found a low-level runtime that cannot link the user's keyring, expected private or inherit";
    }
  },
});
