import { directive } from "../directive.ts";
import { choice } from "../values/choice.ts";

export const KeyringMode = directive({
  name: "KeyringMode",
  summary: "The session keyring of the service's processes",
  value: choice(["inherit", "private", "shared"]),
  support: "partial",
  effect: "neutral",
  onlyRun: "the engine says whether a container has a keyring of its own",
  deviation: "shared is refused, as no low-level runtime adds the user's keyring to a new one",
  *check(mode) {
    if (mode === "shared") {
      yield "cannot honour KeyringMode=shared: found a low-level runtime, none of which adds a user's keyring, expected private or inherit";
    }
  },
});
