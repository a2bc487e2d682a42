import { writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DYNUSER, type Laboratory, openLaboratory, RUNTIMES } from "../../support/hosts/comparisonHost.ts";

/** Descriptors reach a service as under systemd, whichever program hands them over. */

const UNITS = "/run/systemd/system";
const OUTPUT = "/run/web.out";
const FILE = "/run/web.file";

/** What sd_listen_fds(3) looks at, and what each descriptor is. */
const LOOK = `echo "$LISTEN_FDS $LISTEN_FDNAMES $([ "$LISTEN_PID" = $$ ] && echo own)"
for name in 3 4 5 6 7; do [ ! -e /proc/$$/fd/$name ] || echo $name $(readlink /proc/$$/fd/$name | sed 's/:.*//'); done
cat <&5`;

const SETTINGS = [
  "ExecStart=/bin/sh /run/look",
  `StandardOutput=truncate:${OUTPUT}`,
  `OpenFile=${FILE}:data:read-only`,
  "OpenFile=/nosuch::graceful",
  "DynamicUser=yes",
  "ReadWritePaths=/run",
  "SystemCallFilter=@system-service",
];

let laboratory: Laboratory;

test.before(async () => {
  laboratory = await openLaboratory();
  write("/run/look", LOOK);
  write(FILE, "content");
  write(
    `${UNITS}/web.socket`,
    "[Socket]\nListenStream=127.0.0.1:8090\nListenStream=/run/web.sock\nFileDescriptorName=front",
  );
  write(`${UNITS}/web.service`, `[Service]\n${SETTINGS.join("\n")}`);
  sh("systemctl daemon-reload");
});
test.after(() => laboratory?.stop());

function write(path: string, text: string): void {
  writeFileSync(laboratory.reference.root + path, `${text}\n`);
}

function sh(script: string): string {
  const { status, stdout, stderr } = laboratory.reference.run(["bash", "-euc", script]);
  assert.is(status, 0, stderr);
  return stdout;
}

const CONNECT =
  "for try in $(seq 100); do (: <>/dev/tcp/127.0.0.1/8090) 2>/dev/null && break; read -t 0.05 <> <(:) || :; done";

for (const runtime of Object.values(RUNTIMES)) {
  const run = `${DYNUSER} run --runtime ${runtime}`;

  test(`${runtime}: a unit gets the descriptors of systemd-socket-activate as those of a socket unit`, () => {
    const activate = `systemd-socket-activate -l 127.0.0.1:8090 -l /run/web2.sock --fdname=front:front ${run} --unit web.service`;
    const bySystemd = sh(
      `systemctl start web.socket; systemctl start --wait web.service; cat ${OUTPUT}; systemctl stop web.socket`,
    );
    assert.match(bySystemd, /^3 front:front:data own\n3 socket\n4 socket\n5 \/run\/web.file\ncontent\n$/, bySystemd);
    assert.is(sh(`${activate} & pid=$!; ${CONNECT}; wait $pid; cat ${OUTPUT}; rm -f /run/web2.sock`), bySystemd);
  });

  test(`${runtime}: a command alone in its PID namespace finds its own PID`, () => {
    const call = `exec 3</etc/passwd; LISTEN_PID=$$ LISTEN_FDS=1 exec ${run} -p PrivatePIDs=yes -- sh -c`;
    assert.is(sh(`${call} 'echo $LISTEN_PID $LISTEN_FDS $LISTEN_FDNAMES; head -c5 <&3'`), "1 1 unknown\nroot:");
  });

  test(`${runtime}: descriptors of another process are not passed`, () => {
    const call = `exec 3</etc/passwd; LISTEN_PID=1 LISTEN_FDS=1 exec ${run} -- sh -c`;
    assert.is(sh(`${call} 'env | grep LISTEN; [ ! -e /proc/$$/fd/3 ] && echo closed'`), "closed\n");
  });

  for (const [how, option, settings] of [
    ["a connection", "", "-p StandardInput=socket -p StandardOutput=socket"],
    ["the socket of inetd", "--inetd", "-p StandardInput=socket -p StandardOutput=inherit"],
    ["a named descriptor", "--fdname=connection", "-p StandardInput=fd:connection -p StandardOutput=fd:connection"],
  ]) {
    test(`${runtime}: ${how} can be the standard streams`, () => {
      const activate = `systemd-socket-activate -l 127.0.0.1:8090 -a ${option} ${run} ${settings} -- sh -c 'read line; echo "got $line"'`;
      const ask = "exec 3<>/dev/tcp/127.0.0.1/8090; echo hello >&3; cat <&3; exec 3>&-";
      assert.is(sh(`${activate} >/run/activate.log 2>&1 & trap "kill $!" EXIT; ${CONNECT}; ${ask}`), "got hello\n");
    });
  }

  test(`${runtime}: a socket that is not there, and a file that cannot be opened, are errors of one line`, () => {
    for (const setting of ["StandardInput=socket", "StandardOutput=fd:web", "OpenFile=/nosuch"]) {
      const { status, stderr } = laboratory.reference.run(["sh", "-c", `${run} -p ${setting} -- true`]);
      assert.is(status, 125);
      assert.match(stderr, /^dynuser: cannot open [^\n]*\n$/);
    }
  });
}

test.run();
