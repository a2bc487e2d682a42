import { test } from "uvu";
import { holdLivesAgainstSystemd } from "../../support/systemd/holdLives.ts";
import { RESTARTS } from "../../support/systemd/restarts.ts";

holdLivesAgainstSystemd(test, RESTARTS);

test.run();
