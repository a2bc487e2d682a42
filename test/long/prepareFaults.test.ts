import { test } from "uvu";
import * as assert from "uvu/assert";
import { runFaults } from "../support/engines/faultsTest.ts";

for (const errno of ["ENOSPC", "EROFS", "EACCES", "EMFILE", "EIO"]) {
  test(`${errno} at each step of prepare and release: nothing is left, config.json is as it was`, async () => {
    assert.ok((await runFaults(errno, 1)) > 200);
  });
}

test("EINTR at each step of prepare and release: the kernel is asked once more", async () => {
  assert.ok((await runFaults("EINTR", 1)) < 60);
});

test.run();
