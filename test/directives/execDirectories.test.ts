import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  ConfigurationDirectoryMode,
  RuntimeDirectoryPreserve,
  StateDirectoryMode,
} from "../../src/directives/directoryKind.ts";
import { DynamicUser } from "../../src/directives/dynamicUser.ts";
import {
  CacheDirectory,
  ConfigurationDirectory,
  LogsDirectory,
  RuntimeDirectory,
  StateDirectory,
} from "../../src/directives/execDirectories.ts";
import type { Action, Release } from "../../src/model/action.ts";
import type { Context, Directive } from "../../src/model/directive.ts";
import type { Edit, EnvironmentEdit, PathEdit, Warning } from "../../src/model/edit.ts";
import type { Facts, Identity, PathStatus } from "../../src/model/facts.ts";
import { makePlan, type Owned } from "../../src/model/plan.ts";
import { makeService } from "../../src/model/service.ts";
import { parse } from "../support/systemd/reading.ts";

interface Situation {
  readonly files?: Readonly<Record<string, Partial<PathStatus>>>;
  readonly rootfs?: "host" | "image";
  readonly maps?: "runtime and disk" | "runtime" | "disk";
  readonly runtime?: "crun" | "runc";
  readonly uid?: number;
  readonly imageUser?: number;
}

type Setting = readonly [Directive<never>, string];
const set = <T>(directive: Directive<T>, text: string) => [directive, text] as unknown as Setting;
const dynamic = set(DynamicUser, "yes");
const nobodys = { type: "directory", uid: 65534, gid: 65534, mode: 0o755 } as const;

function plan(settings: readonly Setting[], situation: Situation = {}) {
  const values = settings.map(
    ([directive, text]) => [directive as Directive, parse((directive as Directive).value, text)] as const,
  );
  const made = makePlan(contextOf(makeService(new Map(values)), situation));
  // without what DynamicUser= brings along
  const own = <T>(items: readonly Owned<T>[]) =>
    items.filter((owned) => /Directory/.test(owned.owner)).map((owned) => owned.item);
  const edits = own(made.edits);
  return {
    actions: own(made.actions),
    releases: own(made.releases),
    warnings: own(made.warnings),
    paths: pathsOf(edits).filter(({ linked }) => linked !== true),
    linked: pathsOf(edits).filter(({ linked }) => linked === true),
    variables: Object.assign(
      {},
      ...edits.filter((edit) => edit.kind === "environment").map((edit) => (edit as EnvironmentEdit).variables),
    ),
  };
}

function contextOf(service: Context["service"], situation: Situation): Context {
  const {
    files = {},
    rootfs = "host",
    maps = "runtime and disk",
    runtime = "crun",
    uid = 64000,
    imageUser = 0,
  } = situation;
  const look = (path: string): PathStatus => ({ path, type: "missing", uid: 0, gid: 0, mode: 0, ...files[path] });
  const facts = {
    host: { look, read: () => undefined, match: () => [], submounts: [] },
    rootfs: { look, path: "/root", isHost: rootfs === "host", hostPrefix: "", submounts: [] },
    runtime: { path: "/usr/bin/crun", name: runtime, version: "1", idMappedMounts: maps !== "disk" },
    canMapIds: () => maps !== "runtime",
    isNetworkFileSystem: () => false,
  } as Partial<Facts> as Facts;
  const identity = {
    name: "web",
    groupName: "web",
    uid,
    gid: uid,
    leased: true,
    groupLeased: true,
    groups: [],
  } satisfies Identity;
  const spec = { ociVersion: "1.0.0", process: { user: { uid: imageUser, gid: imageUser }, cwd: "/" } };
  const scope = {
    name: "web",
    unit: "web.service",
    containerId: "c",
    token: "0123456789abcdef",
    directory: "/run/dynuser/c",
    environment: {},
  };
  return { service, facts, spec, scope, identity: imageUser === 0 && uid >= 0 ? identity : undefined };
}

function pathsOf(edits: readonly Edit[]): readonly PathEdit[] {
  return edits.filter((edit): edit is PathEdit => edit.kind === "path");
}

const directories = (actions: readonly Action[]) => actions.filter((action) => action.kind === "directory");
const ownership = (settings: readonly Setting[], situation: Situation) =>
  directories(plan(settings, situation).actions)
    .map((action) => action.ownership)
    .join(" ");

test("a state directory of a dynamic user is private, mapped, and bound below an empty private/", () => {
  const { actions, paths, linked, variables, releases } = plan([
    dynamic,
    set(StateDirectory, "web"),
    set(StateDirectoryMode, "0700"),
  ]);
  assert.equal(actions, [
    {
      kind: "directory",
      base: "/var/lib",
      name: "web",
      private: true,
      inside: false,
      mode: 0o700,
      owner: { uid: 64000, gid: 64000 },
      ownership: "mapped",
      dropSetId: true,
    },
  ]);
  assert.equal(paths, [
    {
      kind: "path",
      path: "/var/lib/private",
      access: "emptyDirectory",
      options: ["strictatime", "mode=0755", "size=4m", "nr_inodes=1k"],
      made: true,
    },
    {
      kind: "path",
      path: "/var/lib/private/web",
      access: "bind",
      source: "/var/lib/private/web",
      sourceMade: true,
      recursive: false,
      made: true,
      noSuid: true,
      noDevices: true,
      idMap: { disk: { uid: 65534, gid: 65534 }, shown: { uid: 64000, gid: 64000 } },
    },
  ]);
  assert.equal(linked, [{ ...paths[1], path: "/var/lib/web", linked: true }]);
  assert.equal(variables, { STATE_DIRECTORY: "/var/lib/web" });
  assert.equal(releases, []);
});

test("in an image the directory is mounted at its plain path, at its links and below private/", () => {
  const { actions, paths } = plan([dynamic, set(StateDirectory, "web:www")], { rootfs: "image", maps: "disk" });
  assert.equal(
    paths.map(({ path, source, access, recursive, noSuid, noDevices, noExec, made }) =>
      [path, source, access, recursive, noSuid, noDevices, noExec, made].join(),
    ),
    ["/var/lib/web", "/var/lib/www", "/var/lib/private/web"].map(
      (path) => `${path},/var/lib/private/web,bind,true,true,true,,`,
    ),
  );
  assert.equal(
    actions.map((action) => action.kind),
    ["directory"],
  );
});

test("directories are listed in sorted order, and nested ones are only created", () => {
  const { actions, paths, variables } = plan([dynamic, set(StateDirectory, "web/cache other web")]);
  assert.is(variables.STATE_DIRECTORY, "/var/lib/other:/var/lib/web:/var/lib/web/cache");
  assert.equal(
    directories(actions).map((one) => [one.name, one.inside]),
    [
      ["other", false],
      ["web", false],
      ["web/cache", true],
    ],
  );
  assert.equal(
    paths.map((edit) => edit.path),
    ["/var/lib/private", "/var/lib/private/other", "/var/lib/private/web"],
  );
});

test("a nested read-only directory is mounted too", () => {
  const { paths } = plan([dynamic, set(StateDirectory, "web web/etc::ro")]);
  assert.equal(
    paths.map((edit) => [edit.path, edit.readOnly]),
    [
      ["/var/lib/private", undefined],
      ["/var/lib/private/web", undefined],
      ["/var/lib/private/web/etc", true],
    ],
  );
});

test("links on the host are relative, and are removed with a runtime directory", () => {
  const { actions, releases } = plan([set(RuntimeDirectory, "web/a:web/b web/a:other"), set(StateDirectory, "x:y/z")]);
  assert.equal(
    actions.filter((action) => action.kind === "link"),
    [
      { kind: "link", base: "/run", name: "web/b", target: "a" },
      { kind: "link", base: "/run", name: "other", target: "web/a" },
      { kind: "link", base: "/var/lib", name: "y/z", target: "../x" },
    ],
  );
  const expected: Release = { kind: "remove", base: "/run", path: "/run/web/a", links: ["/run/web/b", "/run/other"] };
  assert.equal(releases, [expected]);
});

test("a runtime directory is private only if it is preserved", () => {
  const gone = plan([dynamic, set(RuntimeDirectory, "web")]);
  assert.equal(
    gone.paths.map((edit) => edit.path),
    ["/run/web"],
  );
  assert.is(gone.releases.length, 1);
  for (const preserve of ["yes", "restart"]) {
    const kept = plan([dynamic, set(RuntimeDirectory, "web"), set(RuntimeDirectoryPreserve, preserve)]);
    assert.equal(
      kept.paths.map((edit) => edit.path),
      ["/run/private", "/run/private/web"],
    );
    assert.equal(kept.releases, []);
  }
});

test("each kind of directory has its base and its variable", () => {
  const settings = [
    set(CacheDirectory, "a"),
    set(LogsDirectory, "b"),
    set(ConfigurationDirectory, "c"),
    set(RuntimeDirectory, "d"),
  ];
  const { variables } = plan(settings);
  assert.equal(variables, {
    CACHE_DIRECTORY: "/var/cache/a",
    LOGS_DIRECTORY: "/var/log/b",
    CONFIGURATION_DIRECTORY: "/etc/c",
    RUNTIME_DIRECTORY: "/run/d",
  });
});

test("on the host's root a static user's directories have the mount flags of systemd", () => {
  const { paths } = plan([set(StateDirectory, "web")], { uid: 1 });
  assert.equal(paths, [
    {
      kind: "path",
      path: "/var/lib/web",
      access: "bind",
      source: "/var/lib/web",
      sourceMade: true,
      recursive: true,
      made: true,
    },
  ]);
});

const stored = "/var/lib/private/web";
const OWNERSHIPS: readonly (readonly [string, readonly Setting[], Situation, string])[] = [
  ["a fresh private one is mapped", [dynamic], {}, "mapped"],
  ["nobody's is mapped", [dynamic], { files: { [stored]: nobodys } }, "mapped"],
  [
    "one of an older UID is mapped from now on",
    [dynamic],
    { files: { [stored]: { ...nobodys, uid: 61234 } } },
    "mapped",
  ],
  ["one that was public is mapped", [dynamic], { files: { "/var/lib/web": { ...nobodys, uid: 0, gid: 0 } } }, "mapped"],
  ["a runtime without ID maps", [dynamic], { maps: "disk" }, "changed"],
  ["a file system without ID maps", [dynamic], { maps: "runtime", files: { [stored]: nobodys } }, "changed"],
  ["a fresh public one is changed", [], { uid: 1 }, "changed"],
  ["nobody's public one is mapped", [], { uid: 1, files: { "/var/lib/web": nobodys } }, "mapped"],
  ["nobody's is not mapped for root", [], { uid: 0, files: { "/var/lib/web": nobodys } }, "changed"],
];

for (const [title, settings, situation, expected] of OWNERSHIPS) {
  test(`ownership: ${title}`, () =>
    assert.is(ownership([...settings, set(StateDirectory, "web")], situation), expected));
}

test("an existing configuration directory keeps owner and mode, and another mode is reported", () => {
  const settings = [dynamic, set(ConfigurationDirectory, "web"), set(ConfigurationDirectoryMode, "0700")];
  const { actions, warnings } = plan(settings, { files: { "/etc/web": { ...nobodys, uid: 0, gid: 0 } } });
  assert.is(directories(actions)[0]!.ownership, "untouched");
  assert.equal(warnings, ["/etc/web keeps its mode 0755, expected 0700"] satisfies Warning["text"][]);
  assert.is(directories(plan(settings).actions)[0]!.ownership, "changed");
});

test("without User= the image's user owns the directories, and root keeps their owner", () => {
  const owners = (situation: Situation) =>
    directories(plan([set(StateDirectory, "web")], situation).actions).map((one) => one.owner);
  assert.equal(owners({ imageUser: 999 }), [{ uid: 999, gid: 999 }]);
  assert.equal(owners({ uid: -1 }), [undefined]);
});

test.run();
