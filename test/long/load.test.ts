import { test } from "uvu";
import { runLoad } from "../support/engines/loadTest.ts";

test("a thousand containers in bursts have users of their own and leave nothing", async () => {
  console.log(await runLoad(1000, 100));
});

test.run();
