import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { nameService } from "../../../src/sys/names/nameService.ts";
import { openUnknownNames, type UnknownNames } from "../../../src/sys/names/unknownNames.ts";

/* Nothing is called unknown that the C library's name service could find. */

interface Stage {
  directory: string;
  write(name: string, text: string): void;
  open(): UnknownNames;
}

const names = suite<Stage>("unknown names");

names.before.each((stage) => {
  const directory = mkdtempSync(join(tmpdir(), "dynuser-names-"));
  const records = join(directory, "userdb");
  stage.directory = directory;
  stage.write = (name, text) => writeFileSync(join(directory, name), text);
  stage.open = () =>
    openUnknownNames({
      nameServiceSwitch: join(directory, "nsswitch.conf"),
      files: { user: join(directory, "passwd"), group: join(directory, "group") },
      services: join(directory, "services"),
      records: [records, join(directory, "missing")],
    });
  mkdirSync(records);
  mkdirSync(join(directory, "services"));
  stage.write("services/io.systemd.DynamicUser", "");
  stage.write("nsswitch.conf", "passwd: files systemd\ngroup: files [SUCCESS=merge] systemd\nhosts: files dns\n");
  stage.write("passwd", "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n");
  stage.write("group", "root:x:0:\nalice:x:1000:\nvideo:x:44:alice,carol\n");
});
names.after.each(({ directory }) => rmSync(directory, { recursive: true }));

/** Whether `web` and 63404 are unknown as user and as group, and `web` is in no group. */
function isAllUnknown({ isUnknown, isInNoGroup }: UnknownNames): boolean {
  const all = (["user", "group"] as const).flatMap((kind) => [isUnknown(kind, "web"), isUnknown(kind, 63404)]);
  return [...all, isInNoGroup("web")].every((one) => one);
}

names("a name and a number that are nowhere are unknown", ({ open }) => {
  assert.ok(isAllUnknown(open()));
});

names("what a file lists is not unknown", ({ open }) => {
  const { isUnknown, isInNoGroup } = open();
  for (const key of ["alice", 1000, "root", 0]) {
    assert.not(isUnknown("user", key), String(key));
    assert.not(isUnknown("group", key), String(key));
  }
  assert.not(isUnknown("group", "video"));
  assert.not(isUnknown("group", 44));
  for (const member of ["alice", "carol"]) assert.not(isInNoGroup(member));
  assert.ok(isUnknown("user", "alic"));
  assert.ok(isUnknown("user", 100));
  assert.ok(isInNoGroup("aro"));
});

names("a line that was added since is seen", ({ open, write }) => {
  const unknown = open();
  assert.ok(isAllUnknown(unknown));
  write("passwd", "web:x:1:1::/:/bin/sh\n");
  assert.not(unknown.isUnknown("user", "web"));
});

names("names that systemd's library makes up are not unknown", ({ open, write }) => {
  for (const file of ["passwd", "group"]) write(file, "");
  for (const key of ["root", "nobody", "nogroup", 0, 65534]) {
    assert.not(open().isUnknown("user", key), String(key));
    assert.not(open().isUnknown("group", key), String(key));
  }
});

/** Changes after which the name service has to be asked. */
const DOUBTS: Readonly<Record<string, (stage: Stage) => void>> = {
  "another source of names": ({ write }) => write("nsswitch.conf", "passwd: files ldap\ngroup: files\n"),
  "a condition": ({ write }) => write("nsswitch.conf", "passwd: files [NOTFOUND=return] systemd\ngroup: files\n"),
  "two lines of a database": ({ write }) => write("nsswitch.conf", "passwd: files\npasswd: nis\ngroup: files\n"),
  "a database without a line": ({ write }) => write("nsswitch.conf", "passwd: files\n"),
  "members from elsewhere": ({ write }) => write("nsswitch.conf", "passwd: files\ngroup: files\ninitgroups: nis\n"),
  "no configuration": ({ directory }) => rmSync(join(directory, "nsswitch.conf")),
  "a service of records": ({ write }) => write("services/io.systemd.Home", ""),
  "a line that includes others": ({ write }) => {
    for (const file of ["passwd", "group"]) write(file, "+::::::\n");
  },
  "a number with zeros": ({ write }) => {
    for (const file of ["passwd", "group"]) write(file, "other:x:063404:0::/:/bin/sh\n");
  },
  "a line that is not ended": ({ write }) => {
    for (const file of ["passwd", "group"]) write(file, "web:x:1:1:");
  },
};

for (const [what, change] of Object.entries(DOUBTS)) {
  names(`${what} leaves the answer to the name service`, (stage) => {
    change(stage);
    const { isUnknown } = stage.open();
    for (const key of ["web", 63404]) {
      assert.not(isUnknown("user", key), String(key));
      assert.not(isUnknown("group", key), String(key));
    }
  });
}

names("a record is not unknown, a link that leads nowhere included", ({ open, directory, write }) => {
  write("userdb/web.user", "{}");
  symlinkSync("nowhere", join(directory, "userdb/63404.group"));
  write("userdb/web:video.membership", "");
  const { isUnknown, isInNoGroup } = open();
  assert.not(isUnknown("user", "web"));
  assert.not(isUnknown("group", 63404));
  assert.not(isInNoGroup("web"));
  assert.ok(isUnknown("group", "web"));
});

names("what this host's name service finds is not unknown", () => {
  const { isUnknown } = openUnknownNames();
  const service = nameService();
  for (const [kind, path, find] of [
    ["user", "/etc/passwd", service.findUser],
    ["group", "/etc/group", service.findGroup],
  ] as const) {
    for (const line of readFileSync(path, "utf8").split("\n").filter(Boolean)) {
      const [name = "", , id] = line.split(":");
      for (const key of [name, Number(id)]) if (find(key) !== undefined) assert.not(isUnknown(kind, key), String(key));
    }
  }
});

names.run();
