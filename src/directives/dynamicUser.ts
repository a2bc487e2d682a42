import { directive } from "../directive.ts";
import { boolean } from "../values/boolean.ts";

export const DynamicUser = directive({
  name: "DynamicUser",
  summary: "Runs the service as a user that exists only as long as the service does",
  value: boolean,
  support: "full",
  effect: "identity",
});
