import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { dynuser, RUNTIMES, startDynuser } from "../../support/hosts/dynuser.ts";

/*
 * What systemd 258 to 262 added, seen from inside.
 */

for (const runtime of RUNTIMES) {
  const run = (settings: readonly string[], script: string) =>
    dynuser([
      ...["run", "--runtime", runtime, "-p", "DynamicUser=no"],
      ...settings.flatMap((setting) => ["-p", setting]),
      ...["--", "sh", "-c", script],
    ]);
  const output = (settings: readonly string[], script: string): string => {
    const { output: text, errors, code } = run(settings, script);
    assert.is(code, 0, errors);
    return text.trim();
  };

  test(`MemoryTHP= disables transparent huge pages for ${runtime}'s process and its children`, () => {
    const show = "sh -c 'sed -n s/THP_enabled:.//p /proc/self/status'";
    assert.is(output([], show), "1");
    assert.is(output(["MemoryTHP=disable"], show), "0");
    assert.is(output(["MemoryTHP=system"], show), "1");
  });

  test(`ProtectHostname=private lets ${runtime}'s process change the hostname of its namespace only`, () => {
    const before = readFileSync("/proc/sys/kernel/hostname", "utf8");
    const change = "hostname; hostname other && hostname";
    assert.is(output(["ProtectHostname=private:web.example"], change), "web.example\nother");
    assert.is(readFileSync("/proc/sys/kernel/hostname", "utf8"), before);
  });

  test(`ProtectHostname=yes with a hostname sets it, and ${runtime}'s process cannot change it`, () => {
    assert.is(
      output(["ProtectHostname=yes:web"], "hostname; hostname other 2>/dev/null || echo kept; hostname"),
      "web\nkept\nweb",
    );
  });

  test(`PrivateUsers=full maps all IDs of ${runtime}'s container to themselves`, () => {
    const [map, groups] = output(["PrivateUsers=full"], "cat /proc/self/uid_map /proc/self/setgroups").split("\n");
    assert.equal(map?.trim().split(/\s+/), ["0", "0", "4294967295"]);
    assert.is(groups, "allow");
  });

  test(`a command line of ${runtime} has variables that UnsetEnvironment= removes from the process`, () => {
    const directory = mkdtempSync("/tmp/unset-of-a-test-");
    const unit = `${directory}/unset.service`;
    const command = `/bin/sh -c 'echo "\${A} \${NOTIFY_SOCKET}"; env | grep -c ^A=' $A`;
    writeFileSync(unit, `[Service]\nEnvironment=A=kept\nUnsetEnvironment=A\nExecStart=${command}\n`);
    const { output: text } = dynuser(["run", "--runtime", runtime, "--unit", unit]);
    rmSync(directory, { recursive: true });
    assert.is(text, "kept \n0\n");
  });

  test(`ExecReloadPost= runs after ExecReload= under ${runtime}`, async () => {
    const directory = mkdtempSync("/tmp/reload-of-a-test-");
    const unit = `${directory}/reload.service`;
    const command = (word: string) => `/bin/sh -c 'echo ${word}'`;
    writeFileSync(
      unit,
      `[Service]\nExecStart=/bin/sh -c 'echo up; exec sleep 1000'\nExecReload=${command("reload")}\nExecReloadPost=${command("post")}\n`,
    );
    const service = startDynuser(["run", "--runtime", runtime, "--unit", unit]);
    await service.until("up\n");
    service.process.kill("SIGHUP");
    const seen = await service.until("post\n");
    service.process.kill("SIGTERM");
    await service.ended;
    rmSync(directory, { recursive: true });
    assert.is(seen, "up\nreload\npost\n");
  });

  test(`PrivateBPF= hides the host's BPF file system from ${runtime}'s process`, () => {
    const count = "grep -c ' /sys/fs/bpf rw,nosuid,nodev,noexec,relatime.* - bpf bpf rw,mode=700' /proc/self/mountinfo";
    assert.is(output(["PrivateBPF=yes"], count), "1");
    const refused = run(["PrivateBPF=yes", "PrivateUsers=yes"], "echo started");
    assert.is(refused.output, "");
    assert.match(refused.errors, "cannot honour PrivateBPF=: found a user namespace");
  });
}

test("what no container can have is refused with the alternative, and what restricts nothing is ignored with the reason", () => {
  const errors = (setting: string) => dynuser(["run", "-p", setting, "--", "true"]).errors;
  assert.match(errors("PrivateUsers=managed"), "cannot honour PrivateUsers=managed: found no systemd-nsresourced");
  assert.match(errors("StateDirectoryQuota=1G"), "cannot honour StateDirectoryQuota=: dynuser sets no project quotas");
  assert.match(errors("UserNamespacePath=/proc/1/ns/user"), "use PrivateUsers=");
  assert.match(errors("BindNetworkInterface=lo"), "use NetworkNamespacePath=");
  assert.match(errors("OOMRules=web"), "ignoring OOMRules=");
  assert.is(errors("StateDirectoryQuota=off"), "");
});

test.run();
