import * as assert from "uvu/assert";
import { openTestHost } from "../hosts/testHost.ts";
import { standbyCalls, startStandby } from "./engines.ts";

/** Asks as libexec/call does, all from one shell, with a umask, a directory and limits that are not the server's. */
const ASK = `
  mkdir -p elsewhere; cd elsewhere; umask 027; ulimit -n 512; i=0
  while [ $i -lt $count ]; do
    i=$((i + 1))
    until set -- /run/dynuser/standby/* && [ -d "$1" ] && [ ! -e "$1/taken" ] && true >"$1/taken"; do :; done
    answer=$(exec 9<>"$1/line"; read -r self rest </proc/self/stat; echo "$self $$ $$ 0 release run:crun:n-$i" >&9
      read -r answer <&9; echo "$answer")
    [ "$answer" = 0 ] || exit 1
  done`;

/** Once the slot that was answered last has gone. */
const STATE = `until [ "$(ls /run/dynuser/standby | wc -l)" = 1 ]; do :; done; pid=$(pgrep -o -x dynuser); echo $pid
  ls /proc/$pid/fd | wc -l; grep Umask /proc/$pid/status; md5sum </proc/$pid/limits; readlink /proc/$pid/cwd
  awk '/^RssAnon/ { print $2 }' /proc/$pid/status`;

/** One standby process serves hundreds of hundreds of requests, and is as it was after the first hundred. */
export async function askStandby(hundreds: number): Promise<void> {
  const testHost = await openTestHost();
  try {
    startStandby(testHost);
    const ask = () => assert.is(testHost.sh(`count=100; ${ASK}`).status, 0);
    const observe = () => testHost.sh(STATE).stdout.trim().split("\n");
    ask();
    const before = observe();
    for (let asked = 0; asked < hundreds; asked++) ask();
    const after = observe();
    assert.is(standbyCalls(testHost), (hundreds + 1) * 100);
    assert.equal(after.slice(0, -1), before.slice(0, -1));
    const [first, last] = [before, after].map((state) => Number(state.at(-1))) as [number, number];
    console.log(`${hundreds * 100} requests: ${first} kB, then ${last} kB`);
    assert.ok(last < first + 16_384, `${first} kB, then ${last} kB`);
  } finally {
    await testHost.close();
  }
}
