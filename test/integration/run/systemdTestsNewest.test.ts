import { test } from "uvu";
import { treeOf } from "../../support/hosts/roots.ts";
import { holdTestExecute } from "../../support/systemd/testExecute.ts";

holdTestExecute(test, treeOf("sid"));

test.run();
