import { test } from "uvu";
import { runModel } from "../../support/identity/model.ts";

test("processes that start, stop, kill and are killed, over reboots: no UID is held twice, none is lost", async () => {
  console.log(await runModel({ processes: 16, turns: 1200, killOneIn: 12 }));
});

test.run();
