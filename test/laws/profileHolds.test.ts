import { test } from "uvu";
import { tryProfiles } from "../support/profileLaw.ts";

test("with annotations that the gate admits a container has no right that it has not under its profile alone", () =>
  tryProfiles(1000, 1));

test.run();
