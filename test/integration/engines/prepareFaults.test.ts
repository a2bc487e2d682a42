import { test } from "uvu";
import * as assert from "uvu/assert";
import { runFaults } from "../../support/engines/faultsTest.ts";

for (const [index, errno] of ["ENOSPC", "EROFS", "EACCES", "EMFILE", "EIO"].entries()) {
  test(`${errno} at steps of prepare and release: nothing is left, config.json is as it was, one line says where`, async () => {
    assert.ok((await runFaults(errno, 7 + index)) > 20);
  });
}

test("EINTR at steps of prepare and release: the kernel is asked once more", async () => {
  assert.ok((await runFaults("EINTR", 12)) < 20);
});

test.run();
