import { test } from "uvu";
import * as assert from "uvu/assert";
import { CALL_NUMBERS } from "../../../src/sys/kernel/callNumbers.ts";
import { callNumber } from "../../support/seccomp/libseccomp.ts";

const ARCHITECTURES = [
  ["x64", "SCMP_ARCH_X86_64"],
  ["arm64", "SCMP_ARCH_AARCH64"],
] as const;

for (const [name, architecture] of ARCHITECTURES) {
  test(`the calls' numbers on ${name} are those that libseccomp knows`, () => {
    const known = Object.keys(CALL_NUMBERS[name]).map((call) => [call, callNumber(call, architecture)]);
    assert.equal(CALL_NUMBERS[name], Object.fromEntries(known));
  });
}

test.run();
