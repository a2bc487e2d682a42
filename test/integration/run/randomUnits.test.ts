import { test } from "uvu";
import { holdRandomUnits } from "../../support/systemd/compareRandomUnits.ts";

holdRandomUnits(test, { from: 1, units: 20 });

test.run();
