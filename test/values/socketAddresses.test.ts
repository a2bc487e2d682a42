import { test } from "uvu";
import * as assert from "uvu/assert";
import { resolveInterfaces } from "../../src/values/networkInterfaces.ts";
import { socketAddresses } from "../../src/values/socketAddresses.ts";
import { parse, recordReading } from "../support/systemd/reading.ts";

test("a socket address has a family, a protocol and ports, each of which may be left out", () => {
  const all = { family: 4, protocol: "udp", ports: { from: 10, to: 20 } };
  assert.equal(parse(socketAddresses, "ipv4:udp:10-20"), [all]);
  assert.equal(parse(socketAddresses, "ipv6"), [{ family: 6 }]);
  assert.equal(parse(socketAddresses, "tcp:80"), [{ protocol: "tcp", ports: { from: 80, to: 80 } }]);
  assert.equal(parse(socketAddresses, "any"), [{}]);
});

test("what is no socket address is reported and dropped", () => {
  const wrong = [
    "0",
    "65536",
    "20-10",
    "ipv4:ipv6",
    "udp:ipv4",
    "any:80",
    "tcp:",
    ":80",
    "sctp",
    "1-2-3",
    "ipv4:80:tcp",
  ];
  for (const text of wrong) {
    const reading = recordReading();
    assert.equal(socketAddresses.parse(text, reading), [], text);
    assert.is(reading.complaints.length, 1, text);
  }
});

test("the first line selects whether interfaces are allowed or denied, and later ones add or remove", () => {
  const lines = [
    { inverted: false, names: ["eth0", "eth1"] },
    { inverted: true, names: ["eth0"] },
  ];
  assert.equal(resolveInterfaces(lines), { listed: "allowed", names: ["eth1"] });
  const emptied = [...lines, { inverted: true, names: ["eth1"] }, { inverted: true, names: ["lo"] }];
  assert.equal(resolveInterfaces(emptied), { listed: "denied", names: ["lo"] });
});

test.run();
