import { test } from "uvu";
import { REFERENCE_TREE } from "../../support/hosts/systemdHost.ts";
import { holdTestExecute } from "../../support/systemd/testExecute.ts";

holdTestExecute(test, REFERENCE_TREE);

test.run();
