import { directive } from "../directive.ts";
import { UserError } from "../errors.ts";
import { choice } from "../values/choice.ts";

export const KeyringMode = directive({
  name: "KeyringMode",
  summary: "The session keyring of the service's processes",
  value: choice(["inherit", "private", "shared"]),
  support: "partial",
  effect: "neutral",
  deviation: "always private, as low-level runtimes make a new keyring for each container; the others are refused",
  plan(mode) {
    if (mode === "private") return [];
    throw new UserError(
      `cannot honour KeyringMode=${mode}: found a runtime that makes a keyring for each container, expected private`,
    );
  },
});
