import { test } from "uvu";
import * as assert from "uvu/assert";
import { addressBytes, addressText } from "../../../src/host/network/addressBytes.ts";

const ADDRESSES: Readonly<Record<string, string>> = {
  "10.1.2.3": "0a010203",
  "::": "00000000000000000000000000000000",
  "::1": "00000000000000000000000000000001",
  "fe80::": "fe800000000000000000000000000000",
  "2001:db8::a:b": "20010db80000000000000000000a000b",
  "1:2:3:4:5:6:7:8": "00010002000300040005000600070008",
  "::ffff:10.1.2.3": "00000000000000000000ffff0a010203",
};

for (const [text, bytes] of Object.entries(ADDRESSES)) {
  test(`${text} is ${bytes}, and back`, () => {
    assert.is(Buffer.from(addressBytes(text)).toString("hex"), bytes);
    assert.equal(addressBytes(addressText(addressBytes(text))), addressBytes(text));
  });
}

test.run();
