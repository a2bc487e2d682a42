import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  isSwitchedOn,
  optionOf,
  optionsOf,
  parseRuntimeArguments,
  readsAlike,
} from "../../../src/engine/runtime/arguments.ts";
import type { RuntimeName } from "../../../src/engine/runtime/options.ts";

function wordsOf(line: string): readonly string[] {
  return line.split(" ").filter((word) => word !== "");
}

function parse(line: string, runtime: RuntimeName = "crun") {
  return parseRuntimeArguments(wordsOf(line), runtime);
}

test("reads the calls of podman, containerd, CRI-O, BuildKit and conmon-rs alike for both runtimes", () => {
  for (const runtime of ["crun", "runc"] as const) {
    const podman = parse("--log-format=json --log /r/oci-log create --bundle /b --pid-file /p --no-pivot abc", runtime);
    assert.is(podman.verb, "create");
    assert.is(podman.id, "abc");
    assert.is(optionOf(podman, "log"), "/r/oci-log");
    assert.is(optionOf(podman, "log-format"), "json");
    assert.is(optionOf(podman, "bundle"), "/b");

    const shim = parse(
      "--root /run/containerd/runc/k8s.io --log /l --log-format json --systemd-cgroup exec --process /p --detach --pid-file /f c",
      runtime,
    );
    assert.is(optionOf(shim, "root"), "/run/containerd/runc/k8s.io");
    assert.is(optionOf(shim, "process"), "/p");
    assert.is(shim.id, "c");

    assert.is(optionOf(parse("--systemd-cgroup --root=/r create --bundle B c", runtime), "root"), "/r");
    assert.is(parse("run --bundle B --keep c", runtime).id, "c");

    const twice = parse("--root=/a --log=journald:1 --root=/b exec -d --pid-file=P c sh -c x", runtime);
    assert.is(optionOf(twice, "root"), "/b");
    assert.equal(twice.operands, ["c", "sh", "-c", "x"]);
    for (const call of [podman, shim, twice]) assert.is(call.problem, undefined);
  }
});

test("values that look like verbs stay values", () => {
  const call = parse("--root create --log run create --bundle exec --pid-file delete create");
  assert.is(call.verb, "create");
  assert.is(call.id, "create");
  assert.is(optionOf(call, "root"), "create");
  assert.is(optionOf(call, "bundle"), "exec");
});

/* Each line was tried with the real runtimes: test/integration/engines/arguments.test.ts. */
const BUNDLES: readonly (readonly [string, string | undefined, string | undefined])[] = [
  // line, the bundle of crun, of runc; undefined where it refuses
  ["create --bundle /b c", "/b", "/b"],
  ["create --bundle=/b c", "/b", "/b"],
  ["create -b /b c", "/b", "/b"],
  ["create --bundle /b -- c", "/b", "/b"],
  ["create --bundle /a --bundle /b c", "/b", "/b"],
  ["create -b=/b c", "=/b", "/b"],
  ["create -b/b c", "/b", undefined],
  ["create -bundle /b c", undefined, "/b"],
  ["create -bundle=/b c", "undle=/b", "/b"],
  ["create -bundle c", "undle", undefined],
  ["create --bund /b c", "/b", undefined],
  ["create c --bundle /b", undefined, "/b"],
  ["create --no-pivot c -b=/b", undefined, "/b"],
  ["create --bundle -- c", "--", "--"],
  ["create --no /b c", undefined, undefined],
  ["create --bundle", undefined, undefined],
  ["create --no-pivot=x -b /b c", undefined, undefined],
  ["run -d=false -b /b c", undefined, "/b"],
  ["run -db/b c", "/b", undefined],
  ["run -f own.json --bundle /b c", "/b", undefined],
];

test("each runtime's grammar is its own", () => {
  for (const [line, crun, runc] of BUNDLES) {
    for (const [runtime, bundle] of [
      ["crun", crun],
      ["runc", runc],
    ] as const) {
      const call = parse(line, runtime);
      assert.is(call.problem === undefined, bundle !== undefined, `${runtime}: ${line}`);
      if (bundle === undefined) continue;
      assert.is(optionOf(call, "bundle"), bundle, `${runtime}: ${line}`);
      assert.is(call.id, "c", `${runtime}: ${line}`);
    }
  }
});

test("short options stand together in crun, and take what is glued on", () => {
  const cluster = parse("exec -du 0 c sh");
  assert.is(optionOf(cluster, "user"), "0");
  assert.ok(isSwitchedOn(cluster, "detach"));
  assert.is(cluster.id, "c");
  assert.is(optionOf(parse("exec -td c sh"), "tty"), "d");
  assert.not(isSwitchedOn(parse("exec -tno c sh"), "tty"));
  assert.equal(optionsOf(parse("exec -e A=1 --env B=2 -eC=3 c sh"), "env"), ["A=1", "B=2", "C=3"]);
  assert.is(parse("exec --tty c sh").id, "c");
  assert.is(parse("--sys create c").verb, "create");
});

test("a switch of runc has Go's values", () => {
  for (const [word, isOn] of [
    ["--detach", true],
    ["-d=T", true],
    ["--detach=0", false],
  ] as const)
    assert.is(isSwitchedOn(parse(`exec ${word} c sh`, "runc"), "detach"), isOn, word);
  assert.is(
    parse("exec --detach=yes c sh", "runc").problem,
    'found "--detach=yes", expected an option of crun or runc',
  );
});

test("an unknown option is a problem, and what came before it is known", () => {
  const call = parse("--log /l --new create c");
  assert.is(call.problem, 'found "--new", expected an option of crun or runc');
  assert.is(call.verb, undefined);
  assert.is(optionOf(call, "log"), "/l");
  for (const line of [
    "create --bundle /b --new c",
    "exec -xy c",
    "create --no c",
    "create a b",
    "exec",
    "mounts add c",
  ])
    assert.type(parse(line).problem, "string", line);
  assert.is(parse("create --no-new c").problem, undefined);
});

test("other verbs and no verb are fine", () => {
  assert.is(parse("kill --all c 9").verb, "kill");
  assert.is(parse("--version").verb, undefined);
  assert.is(parse("--version").problem, undefined);
  assert.is(parse("mounts add c file").id, "c");
});

test("words that the grammars read differently are known as such", () => {
  for (const line of ["create --bundle /b c", "--root=/r exec -t -e A=1 c sh -c id", "run -d --pid-file p c"])
    assert.ok(readsAlike(wordsOf(line)), line);
  for (const line of ["create -b=/b c", "create c -b /b", "run -f x c", "exec -td c sh", "create --new c"])
    assert.not(readsAlike(wordsOf(line)), line);
});

test.run();
