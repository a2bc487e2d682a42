import { test } from "uvu";
import * as assert from "uvu/assert";
import { marshal, unmarshal } from "../../../src/sys/dbus/marshal.ts";

/** By hand from the D-Bus specification, "Summary of D-Bus Marshaling"; `·` is padding. */
const WIRE: readonly (readonly [signature: string, values: readonly unknown[], hex: string])[] = [
  ["y", [5], "05"],
  ["yu", [1, 2], "01 000000 02000000"],
  ["s", ["foo"], "03000000 666f6f00"],
  ["g", ["a{sv}"], "05 617b73767d 00"],
  ["b", [1], "01000000"],
  ["t", [2n ** 64n - 1n], "ffffffffffffffff"],
  ["ax", [[5n]], "08000000 00000000 0500000000000000"],
  ["ax", [[]], "00000000 00000000"],
  ["v", [{ type: "u", value: 7 }], "01 75 00 00 07000000"],
  ["a(sv)", [[["A", { type: "b", value: 1 }]]], "10000000 00000000 01000000 4100 01 62 00 000000 01000000"],
];

for (const [signature, values, hex] of WIRE) {
  const wanted = hex.replaceAll(" ", "");
  test(`${signature} ${JSON.stringify(values, (_, value) => (typeof value === "bigint" ? `${value}` : value))}`, () => {
    assert.is(marshal(signature, values).toString("hex"), wanted);
    assert.equal(unmarshal(signature, Buffer.from(wanted, "hex")), values);
  });
}

test("what is nested comes back as it was", () => {
  const values = [
    "web.scope",
    [
      [
        "IPAddressDeny",
        {
          type: "a(iayu)",
          value: [
            [2, [10, 0, 0, 0], 8],
            [10, [0xfd], 8],
          ],
        },
      ],
      ["RestrictNetworkInterfaces", { type: "(bas)", value: [1, ["lo", "eth0"]] }],
      ["PIDs", { type: "au", value: [17, 4] }],
    ],
    [],
  ];
  assert.equal(unmarshal("sa(sv)a(sa(sv))", marshal("sa(sv)a(sa(sv))", values)), values);
});

test("a message that is cut short is an error", () => {
  const whole = marshal("as", [["one", "two"]]);
  for (let length = 0; length < whole.length; length++)
    assert.throws(() => unmarshal("as", whole.subarray(0, length)), RangeError, String(length));
});

test.run();
