import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DYNUSER, RUNTIMES } from "../../support/hosts/dynuser.ts";

/** Two mounts, one in the other, that come and go all the time, as those of an engine's containers do. */
const COMING_AND_GOING = `
while [ -e "$0/on" ]; do
  mkdir "$0/outer" && mount -t tmpfs none "$0/outer" && mkdir "$0/outer/inner" && mount -t tmpfs none "$0/outer/inner"
  umount "$0/outer/inner" "$0/outer" && rmdir "$0/outer"
done &
shift
"$@"
status=$?
rm "$0/on"
wait
exit $status`;

const STARTS = 10;

for (const runtime of RUNTIMES) {
  test(`mounts that vanish while a read-only system is made do not keep ${runtime} from starting`, async () => {
    const directory = mkdtempSync("/tmp/vanishing-mounts-");
    writeFileSync(`${directory}/on`, "");
    const start = `${DYNUSER} run --runtime ${runtime} -p ProtectSystem=strict -- true`;
    const starts = `for i in $(seq ${STARTS}); do ${start} || exit; done`;
    try {
      const child = spawn("unshare", ["-m", "sh", "-c", COMING_AND_GOING, directory, "", "sh", "-c", starts]);
      let errors = "";
      child.stderr.on("data", (data) => (errors += data));
      const status = await new Promise((resolve) => child.on("close", resolve));
      assert.is(status, 0, errors);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
}

test.run();
