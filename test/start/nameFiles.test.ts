import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Identity } from "../../src/model/facts.ts";
import { addNames, callerGroups, imageHome, type NameFiles, oddLines } from "../../src/start/nameFiles.ts";

const IMAGE: NameFiles = {
  passwd: "root:x:0:0:root:/root:/bin/sh\nweb:x:33:33:www:/var/www:/bin/false\napp:x:1000:1000::/home/app:/bin/sh\n",
  group: "root:x:0:\nweb:x:33:\nvideo:x:44:app,root\napp:x:1000:\n",
};

const IDENTITY: Identity = {
  name: "web",
  groupName: "web",
  uid: 63016,
  gid: 63016,
  leased: true,
  groupLeased: true,
  groups: [63016],
};

test("the dynamic user is added, and replaces an image's user of its name or number", () => {
  const { passwd, group } = addNames(IMAGE, IDENTITY);
  assert.equal(passwd.split("\n"), [
    "root:x:0:0:root:/root:/bin/sh",
    "app:x:1000:1000::/home/app:/bin/sh",
    "web:x:63016:63016:Dynamic User:/:/sbin/nologin",
    "",
  ]);
  assert.equal(group.split("\n"), ["root:x:0:", "video:x:44:app,root", "app:x:1000:", "web:x:63016:", ""]);
  assert.not(addNames(IMAGE, { ...IDENTITY, name: "x", uid: 1000 }).passwd.includes("/home/app"));
});

test("an image without the files gets them", () => {
  const { passwd, group } = addNames({ passwd: "", group: "" }, IDENTITY);
  assert.is(passwd, "web:x:63016:63016:Dynamic User:/:/sbin/nologin\n");
  assert.is(group, "web:x:63016:\n");
});

test("lines with control bytes are found, tabs are not", () => {
  assert.equal(oddLines({ ...IMAGE, group: "a\tb:x:5:\n" }), []);
  for (const odd of ["\x1b[2J", "\r", "\0"]) {
    const line = `a:x:5:5:${odd}::`;
    assert.equal(oddLines({ ...IMAGE, passwd: `${line}\n` }), [["/etc/passwd", line]]);
  }
});

test("groups of the image's user are dropped, the caller's are kept", () => {
  assert.equal(callerGroups({ uid: 0, gid: 0, additionalGids: [0, 44, 2000] }, IMAGE), [2000]);
  assert.equal(callerGroups({ uid: 33, gid: 33, additionalGids: [44] }, IMAGE), [44]);
  assert.equal(callerGroups({ uid: 5, gid: 5 }, IMAGE), []);
});

test("the home that an engine sets is the image user's", () => {
  assert.is(imageHome({ uid: 1000, gid: 0 }, IMAGE), "/home/app");
  assert.is(imageHome({ uid: 0, gid: 0 }, { passwd: "", group: "" }), "/root");
  assert.is(imageHome({ uid: 7, gid: 7 }, IMAGE), "/");
});

test.run();
