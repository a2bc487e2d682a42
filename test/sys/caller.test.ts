import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { callerPid, inPlaceOf, ownProc, viewOf } from "../../src/sys/caller.ts";
import { print } from "../../src/sys/output.ts";

/** A process that says that it is there, and stays. */
async function staying(script = "", ...wrapper: readonly string[]): Promise<ChildProcess> {
  const [program = "", ...args] = [...wrapper, "sh", "-c", `${script}echo here; read end`];
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout!, "data");
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

test("a process like us has our view of the host", async () => {
  const child = await staying();
  assert.is(viewOf(child.pid!), viewOf("self"));
  await end(child);
  assert.is(viewOf(child.pid!), undefined);
});

for (const wrapper of [
  ["unshare", "--mount"],
  ["unshare", "--uts"],
  ["unshare", "--ipc"],
  ["unshare", "--cgroup"],
  ["unshare", "--user", "--map-root-user"],
  ["setpriv", "--bounding-set=-syslog"],
  ["setpriv", "--regid=1", "--clear-groups"],
  ["setpriv", "--reuid=1"],
]) {
  test(`${wrapper.join(" ")} gives another one`, async () => {
    const child = await staying("", ...wrapper);
    assert.is.not(viewOf(child.pid!), viewOf("self"));
    await end(child);
  });
}

test("in the place of a process we have its streams, directory, umask and parent", async () => {
  const child = await staying("umask 027; cd /usr; ");
  const before = [process.cwd(), process.umask(), callerPid(), ownProc()];
  const heard = once(child.stdout!, "data");
  const seen = await inPlaceOf({ pid: child.pid!, parent: 1 }, viewOf("self"), async (commandLine) => {
    print("from its place");
    return [process.cwd(), process.umask(), callerPid(), ownProc(), commandLine[0]];
  });
  assert.equal(seen, ["/usr", 0o027, 1, `/proc/${child.pid}`, "sh"]);
  assert.is(String((await heard)[0]), "from its place\n");
  assert.equal([process.cwd(), process.umask(), callerPid(), ownProc()], before);
  await end(child);
});

test("what fails there leaves us in our own", async () => {
  const child = await staying();
  const before = process.cwd();
  const failing = inPlaceOf({ pid: child.pid!, parent: 1 }, viewOf("self"), async () => {
    throw new Error("failed");
  });
  await failing.then(assert.unreachable, (error) => assert.is(error.message, "failed"));
  assert.equal([process.cwd(), callerPid()], [before, process.ppid]);
  await end(child);
});

test("nothing is done in the place of one that has gone, or sees another host", async () => {
  const child = await staying("", "unshare", "--uts");
  const act = async () => assert.unreachable();
  const before = readdirSync("/proc/self/fd").length;
  assert.is(await inPlaceOf({ pid: child.pid!, parent: 1 }, viewOf("self"), act), undefined);
  assert.is(readdirSync("/proc/self/fd").length, before);
  await end(child);
  assert.is(await inPlaceOf({ pid: child.pid!, parent: 1 }, viewOf("self"), act), undefined);
});

test.run();
