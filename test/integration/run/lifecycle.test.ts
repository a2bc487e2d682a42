import { test } from "uvu";
import { holdLivesAgainstSystemd } from "../../support/systemd/holdLives.ts";
import { LIFECYCLES } from "../../support/systemd/lifecycles.ts";

holdLivesAgainstSystemd(test, LIFECYCLES);

test.run();
