import { test } from "uvu";
import * as assert from "uvu/assert";
import { optionOf, optionsOf, parseRuntimeArguments } from "../../src/oci/runtimeArguments.ts";

function parse(line: string) {
  return parseRuntimeArguments(line.split(" ").filter((word) => word !== ""));
}

test("reads the calls of podman, containerd, CRI-O, BuildKit and conmon-rs", () => {
  const podman = parse("--log-format=json --log /r/oci-log create --bundle /b --pid-file /p --no-pivot abc");
  assert.is(podman.verb, "create");
  assert.is(podman.id, "abc");
  assert.is(optionOf(podman, "log"), "/r/oci-log");
  assert.is(optionOf(podman, "log-format"), "json");
  assert.is(optionOf(podman, "bundle"), "/b");

  const shim = parse(
    "--root /run/containerd/runc/k8s.io --log /l --log-format json --systemd-cgroup exec --process /p --detach --pid-file /f c",
  );
  assert.is(optionOf(shim, "root"), "/run/containerd/runc/k8s.io");
  assert.is(optionOf(shim, "process"), "/p");
  assert.is(shim.id, "c");

  assert.is(optionOf(parse("--systemd-cgroup --root=/r create --bundle B c"), "root"), "/r");
  assert.is(parse("run --bundle B --keep c").id, "c");

  const twice = parse("--root=/a --log=journald:1 --root=/b exec -d --pid-file=P c sh -c x");
  assert.is(optionOf(twice, "root"), "/b");
  assert.equal(twice.rest, ["sh", "-c", "x"]);
});

test("values that look like verbs stay values", () => {
  const call = parse("--root create --log run create --bundle exec --pid-file delete create");
  assert.is(call.verb, "create");
  assert.is(call.id, "create");
  assert.is(optionOf(call, "root"), "create");
  assert.is(optionOf(call, "bundle"), "exec");
});

test("reads Go's and argp's forms of an option", () => {
  for (const line of [
    "create -bundle /b c",
    "create -bundle=/b c",
    "create -b /b c",
    "create -b/b c",
    "create --bund /b c",
  ]) {
    const call = parse(line);
    assert.is(optionOf(call, "bundle"), "/b", line);
    assert.is(call.id, "c", line);
  }
  const cluster = parse("exec -du 0 c sh");
  assert.is(optionOf(cluster, "user"), "0");
  assert.is(cluster.id, "c");
  assert.equal(optionsOf(parse("exec -e A=1 --env B=2 -eC=3 c sh"), "env"), ["A=1", "B=2", "C=3"]);
  assert.is(parse("exec --tty c sh").id, "c");
  assert.is(parse("exec --tty=true c sh").id, "c");
  assert.is(parse("create --bundle /b -- c").id, "c");
  assert.is(parse("--sys create c").verb, "create");
});

test("an option nobody knows is told, with what came before it", () => {
  const call = parse("--log /l --new create c");
  assert.is(call.unknown, "--new");
  assert.is(call.verb, undefined);
  assert.is(optionOf(call, "log"), "/l");
  assert.is(parse("create --bundle /b --new c").unknown, "--new");
  assert.is(parse("create --bundle").unknown, "--bundle");
  assert.is(parse("exec -xy c").unknown, "-xy");
  assert.is(parse("create --no-new c").unknown, undefined);
  assert.is(parse("create --no c").unknown, "--no");
});

test("other verbs and no verb are fine", () => {
  assert.is(parse("kill --all c 9").verb, "kill");
  assert.is(parse("--version").verb, undefined);
  assert.is(parse("--version").unknown, undefined);
});

test.run();
