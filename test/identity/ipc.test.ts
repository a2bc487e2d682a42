import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseSystemV } from "../../src/identity/ipc.ts";

test("owner and number of System V objects are found by the heading of each table", () => {
  const shm = `       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid
         0          3  1600                524288  1041  1041      2  1000   100  1000   100\n`;
  const sem = `       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime
         5         32   644          1 61184 61185     0     0          0 1700000000\n`;
  const msg = `       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime\n`;
  assert.equal(parseSystemV(shm), [{ id: 3, uid: 1000, gid: 100 }]);
  assert.equal(parseSystemV(sem), [{ id: 32, uid: 61184, gid: 61185 }]);
  assert.equal(parseSystemV(msg), []);
  assert.equal(parseSystemV(""), []);
});

test.run();
