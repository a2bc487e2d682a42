import { test } from "uvu";
import { runLoad } from "../../support/engines/loadTest.ts";

test("forty containers in a burst have users of their own and leave nothing", async () => {
  console.log(await runLoad(40, 40));
});

test.run();
