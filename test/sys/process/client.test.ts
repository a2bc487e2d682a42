import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { statusOf } from "../../../src/sys/files/status.ts";
import { runAs, viewOf } from "../../../src/sys/process/client.ts";
import { print } from "../../../src/sys/process/output.ts";
import { openDescriptors, openedSince } from "../../support/hosts/descriptors.ts";

/** A process that reports its start, and waits. */
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

test("a child without isolation has the view of its parent", async () => {
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
  ["unshare", "--net"],
  ["unshare", "--time"],
  ["setpriv", "--no-new-privs"],
  ["unshare", "--user", "--map-root-user"],
  ["setpriv", "--bounding-set=-syslog"],
  ["setpriv", "--regid=1", "--clear-groups"],
  ["setpriv", "--reuid=1"],
]) {
  test(`${wrapper.join(" ")} changes the view`, async () => {
    const child = await staying("", ...wrapper);
    assert.is.not(viewOf(child.pid!), viewOf("self"));
    await end(child);
  });
}

/** A shell whose child has the file of a line open, as a client's has. */
async function asking(script = "", ...wrapper: readonly string[]): Promise<{ shell: ChildProcess; holder: number }> {
  const shell = await staying(`${script}exec 9<${LINE}; sleep 1000 & exec 9<&-; `, ...wrapper);
  const children = readFileSync(`/proc/${shell.pid}/task/${shell.pid}/children`, "utf8");
  return { shell, holder: Number(children.trim()) };
}

const LINE = "/etc/passwd";
const line = statusOf(LINE)!;
const STREAMS = [0, 1, 2] as const;

async function endBoth({ shell, holder }: { shell: ChildProcess; holder: number }): Promise<void> {
  process.kill(holder, "SIGKILL");
  await end(shell);
}

test("a command acts with its client's streams, directory and umask", async () => {
  const client = await asking("umask 027; cd /usr; ");
  const { shell, holder } = client;
  const before = [process.cwd(), process.umask()];
  const heard = once(shell.stdout!, "data");
  const seen = await runAs(
    { pid: shell.pid!, parent: shell.pid!, holder },
    line,
    viewOf("self"),
    STREAMS,
    async (commandLine) => {
      print("from its place");
      return [process.cwd(), process.umask(), commandLine[0]];
    },
  );
  assert.equal(seen, ["/usr", 0o027, "sh"]);
  assert.match(String((await heard)[0]), /from its place\n$/);
  assert.equal([process.cwd(), process.umask()], before);
  await endBoth(client);
});

test("a failure restores streams and directory", async () => {
  const client = await asking();
  const before = process.cwd();
  const { shell, holder } = client;
  const failing = runAs({ pid: shell.pid!, parent: shell.pid!, holder }, line, viewOf("self"), STREAMS, async () => {
    throw new Error("failed");
  });
  await failing.then(assert.unreachable, (error) => assert.is(error.message, "failed"));
  assert.is(process.cwd(), before);
  await endBoth(client);
});

test("a client that is another process, isolated or ended is not served", async () => {
  const act = async () => assert.unreachable();
  const [client, other, isolated] = [await asking(), await asking(), await asking("", "unshare", "--uts")];
  const before = openDescriptors();
  const pid = client.shell.pid!;
  for (const wrong of [
    { pid, parent: pid, holder: pid },
    { pid, parent: 1, holder: client.holder },
    { pid, parent: pid, holder: other.holder },
    { pid: process.pid, parent: process.pid, holder: client.holder },
    { pid: isolated.shell.pid!, parent: isolated.shell.pid!, holder: isolated.holder },
  ])
    assert.is(await runAs(wrong, line, viewOf("self"), STREAMS, act), undefined, JSON.stringify(wrong));
  assert.equal(openedSince(before), []);
  for (const one of [client, other, isolated]) await endBoth(one);
  assert.is(await runAs({ pid, parent: pid, holder: client.holder }, line, viewOf("self"), STREAMS, act), undefined);
});

test.run();
