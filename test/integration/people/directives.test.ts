import { test } from "uvu";
import * as assert from "uvu/assert";
import { dynuser } from "../../support/hosts/dynuser.ts";

test("all directives are listed, each with what it comes to", () => {
  const { output, code } = dynuser(["directives"]);
  assert.is(code, 0);
  assert.match(output, /^PrivateDevices +partial +Sets up a private \/dev/m);
});

test("one is described, also by an older name, and in JSON", () => {
  assert.match(
    dynuser(["directives", "ReadOnlyDirectories="]).output,
    /^ReadOnlyPaths=.*\n.*\n {2}Also: ReadOnlyDirectories=/,
  );
  assert.is(JSON.parse(dynuser(["directives", "--json", "UMask"]).output)[0].support, "full");
  assert.match(
    dynuser(["directives", "Nicee"]).errors,
    /cannot describe "Nicee": found no such directive, did you mean Nice\?/,
  );
});

test("a group of system calls is expanded, with the systemd that it is of", () => {
  assert.is(dynuser(["directives", "--syscalls", "@swap"]).output, "# @swap of systemd 257.13\nswapoff\nswapon\n");
  assert.match(dynuser(["directives", "--syscalls=@none"]).errors, /cannot expand "@none": .* @aio/);
});

test.run();
