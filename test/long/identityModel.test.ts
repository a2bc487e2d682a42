import { test } from "uvu";
import { runModel } from "../support/identity/model.ts";

test("64 processes and 20,000 turns: no UID is held twice, none is lost, ends clean", async () => {
  console.log(await runModel({ processes: 64, turns: 20_000, killOneIn: 12 }));
});

test.run();
