import { test } from "uvu";
import { askStandby } from "../support/engines/standbyRequests.ts";

test("10,000 requests leave umask, limits, directory, descriptors and memory of the standby process as they were", () =>
  askStandby(100));

test.run();
