import { test } from "uvu";
import * as assert from "uvu/assert";
import { expandGroups } from "../../src/apply/seccomp/merge.ts";
import type { Filter } from "../../src/model/filter.ts";
import type { Spec } from "../../src/oci/spec.ts";
import { localArchitectures } from "../../src/values/architecture.ts";
import { planOf } from "../support/bundles/plan.ts";
import { evaluateFilter } from "../support/seccomp/seccompModel.ts";

/** The filter that the directive asks for. */
function filterOf(settings: string, spec?: Spec): Filter {
  const owner = settings.split("=")[0]!;
  const edits = planOf(owner, settings, spec === undefined ? {} : { spec }).filter(
    (change) => change.kind === "seccomp",
  );
  assert.is(edits.length, 1, settings);
  return expandGroups(edits[0]!.filter);
}

function outcome(filter: Filter, name: string, ...args: readonly number[]): string {
  return evaluateFilter(filter, { name, args: [...args, 0, 0, 0, 0, 0, 0].slice(0, 6).map(BigInt) });
}

test("unlisted calls kill the process, calls newer than systemd's table fail with ENOSYS", () => {
  const filter = filterOf("SystemCallFilter=@basic-io");
  assert.equal(
    ["read", "execve", "mount", "not_yet"].map((call) => outcome(filter, call)),
    ["ALLOW", "ALLOW", "KILL_PROCESS", "ERRNO 38"],
  );
});

test("SystemCallErrorNumber= is the errno of denied calls without an explicit errno", () => {
  const filter = filterOf("SystemCallFilter=~mount:kill swapon:5 swapoff\nSystemCallErrorNumber=EACCES");
  assert.equal(
    ["mount", "swapon", "swapoff", "read"].map((call) => outcome(filter, call)),
    ["KILL_PROCESS", "ERRNO 5", "ERRNO 13", "ALLOW"],
  );
});

test("an empty deny-list installs no filter", () => {
  assert.equal(planOf("SystemCallFilter", "SystemCallFilter=~"), []);
});

test("SystemCallLog= logs the listed calls, or with ~ all others", () => {
  assert.equal(
    ["read", "write"].map((call) => outcome(filterOf("SystemCallLog=read"), call)),
    ["LOG", "ALLOW"],
  );
  assert.equal(
    ["read", "write"].map((call) => outcome(filterOf("SystemCallLog=~read"), call)),
    ["ALLOW", "LOG"],
  );
});

test("the native architecture is always allowed", () => {
  const { native } = localArchitectures();
  assert.equal(filterOf("SystemCallArchitectures=native").architectures, [native]);
  assert.equal(filterOf("SystemCallArchitectures=arm").architectures, [native, "SCMP_ARCH_ARM"]);
});

test("denied namespace types can be neither created nor joined, and clone3 fails with ENOSYS", () => {
  const filter = filterOf("RestrictNamespaces=net");
  const net = 0x40000000;
  const user = 0x10000000;
  assert.equal([outcome(filter, "unshare", net), outcome(filter, "unshare", user)], ["ALLOW", "ERRNO 1"]);
  assert.equal([outcome(filter, "clone", net | 17), outcome(filter, "clone", net | user)], ["ALLOW", "ERRNO 1"]);
  assert.equal(
    [0, net, user].map((type) => outcome(filter, "setns", 3, type)),
    ["ERRNO 1", "ALLOW", "ERRNO 1"],
  );
  assert.is(outcome(filter, "clone3"), "ERRNO 38");
  assert.is(outcome(filterOf("RestrictNamespaces=yes"), "setns", 3, net), "ERRNO 1");
  assert.equal(planOf("RestrictNamespaces", "RestrictNamespaces=no"), []);
});

test("upper argument bits do not bypass the filters of setns and socket", () => {
  const hidden = 2 ** 32;
  assert.is(outcome(filterOf("RestrictNamespaces=net"), "setns", 3, hidden), "ERRNO 1");
  assert.is(outcome(filterOf("RestrictAddressFamilies=~AF_PACKET"), "socket", hidden + 17), "ERRNO 97");
  assert.is(outcome(filterOf("RestrictAddressFamilies=AF_UNIX"), "socket", hidden + 1), "ERRNO 97");
});

test("address families are allowed or denied by name", () => {
  const families = [0, 1, 2, 16, 17, 45];
  const codes = (settings: string) =>
    families.filter((family) => outcome(filterOf(settings), "socket", family) === "ALLOW");
  assert.equal(codes("RestrictAddressFamilies=AF_UNIX AF_INET"), [1, 2]);
  assert.equal(codes("RestrictAddressFamilies=~AF_PACKET AF_UNIX"), [0, 2, 16, 45]);
  assert.equal(codes("RestrictAddressFamilies=none"), []);
});

test("realtime policies are denied, and RLIMIT_RTPRIO is 0 unless LimitRTPRIO= is set", () => {
  const filter = filterOf("RestrictRealtime=yes");
  const policies = [0, 1, 2, 3, 4, 5, 6, 0x40000000, 0xffffffff];
  assert.equal(
    policies.filter((policy) => outcome(filter, "sched_setscheduler", 0, policy) === "ALLOW"),
    [0, 3, 5],
  );
  const limits = (settings: string) => planOf("RestrictRealtime", settings).filter(({ kind }) => kind === "rlimit");
  assert.equal(limits("RestrictRealtime=yes"), [{ kind: "rlimit", type: "RLIMIT_RTPRIO", soft: 0n, hard: 0n }]);
  assert.equal(limits("RestrictRealtime=yes\nLimitRTPRIO=5"), []);
});

test("memory is either writable or executable", () => {
  const filter = filterOf("MemoryDenyWriteExecute=yes");
  assert.equal(
    [3, 5, 7].map((protection) => outcome(filter, "mmap", 0, 0, protection)),
    ["ALLOW", "ALLOW", "ERRNO 1"],
  );
  assert.equal(
    [3, 4, 5].map((protection) => outcome(filter, "mprotect", 0, 0, protection)),
    ["ALLOW", "ERRNO 1", "ERRNO 1"],
  );
  assert.equal(
    [0, 0x8000].map((flags) => outcome(filter, "shmat", 0, 0, flags)),
    ["ALLOW", "ERRNO 1"],
  );
});

test("LockPersonality= denies other personalities than the current one", () => {
  const filter = filterOf("LockPersonality=yes");
  assert.equal(
    [0, 8, 0xffffffff].map((one) => outcome(filter, "personality", one)),
    ["ALLOW", "ERRNO 1", "ERRNO 1"],
  );
  const old = filterOf("LockPersonality=yes", { ociVersion: "1.0.2", linux: { personality: { domain: "LINUX32" } } });
  assert.equal(
    [0, 8, 9].map((one) => outcome(old, "personality", one)),
    ["ERRNO 1", "ALLOW", "ERRNO 1"],
  );
});

const IMPLIED: Readonly<Record<string, readonly string[]>> = {
  ProtectClock: ["settimeofday", "clock_settime", "adjtimex"],
  ProtectHostname: ["sethostname", "setdomainname"],
  ProtectKernelLogs: ["syslog"],
  ProtectKernelModules: ["init_module", "finit_module", "delete_module"],
  ProtectKernelTunables: ["_sysctl"],
  PrivateDevices: ["ioperm", "iopl"],
};

for (const [name, calls] of Object.entries(IMPLIED)) {
  test(`${name}= refuses its system calls`, () => {
    const filter = filterOf(`${name}=yes`);
    for (const call of calls) assert.is(outcome(filter, call), "ERRNO 1");
    assert.is(outcome(filter, "read"), "ALLOW");
    assert.equal(planOf(name, `${name}=no`), []);
  });
}

test("protecting directives also drop capabilities and hide paths", () => {
  const kinds = (settings: string) =>
    planOf(settings.split("=")[0]!, settings).flatMap((change) => {
      if (change.kind === "capabilities") return change.drop ?? [];
      return change.kind === "path" ? [`${change.access} ${change.path}`] : [];
    });
  assert.equal(kinds("ProtectClock=yes"), ["CAP_SYS_TIME", "CAP_WAKE_ALARM"]);
  assert.equal(kinds("ProtectKernelModules=yes"), ["CAP_SYS_MODULE", "inaccessible /usr/lib/modules"]);
  assert.equal(kinds("PrivateDevices=yes"), ["CAP_MKNOD", "CAP_SYS_RAWIO", "privateDevices /dev"]);
  assert.ok(kinds("ProtectKernelTunables=yes").includes("readOnly /proc/sys"));
});

test.run();
