import { test } from "uvu";
import * as assert from "uvu/assert";
import type { DirectoryAction } from "../../src/model/action.ts";
import type { PathEdit } from "../../src/model/edit.ts";
import type { Plan } from "../../src/model/plan.ts";
import { rootlessPaths, rootlessPlan, rootlessTree } from "../../src/start/rootless.ts";

const PLACES = rootlessPaths({ HOME: "/home/a", XDG_RUNTIME_DIR: "/run/user/5", XDG_CACHE_HOME: "/fast" })!;

test("the places are those of systemd --user, and the variables of the XDG specification count", () => {
  assert.equal(
    [...PLACES],
    [
      ["/run", "/run/user/5"],
      ["/var/lib", "/home/a/.local/state"],
      ["/var/cache", "/fast"],
      ["/var/log", "/home/a/.local/state/log"],
      ["/etc", "/home/a/.config"],
    ],
  );
  assert.is(rootlessPaths({ HOME: "/home/a" }), undefined);
});

test("directories move on disk, not in the container; what others ask for stays", () => {
  const action = { kind: "directory", base: "/run", name: "web" } as DirectoryAction;
  const edit = { kind: "path", access: "bind", path: "/run/web", source: "/run/private/web" } as PathEdit;
  const plan: Plan = {
    actions: [{ owner: "RuntimeDirectory", item: action }],
    edits: [
      { owner: "RuntimeDirectory", item: edit },
      { owner: "BindPaths", item: edit },
    ],
    releases: [
      {
        owner: "RuntimeDirectory",
        item: { kind: "remove", base: "/run", path: "/run/private/web", links: ["/run/web"] },
      },
    ],
    warnings: [],
  };
  const moved = rootlessPlan(plan, PLACES);
  assert.is((moved.actions[0]!.item as DirectoryAction).base, "/run/user/5");
  const [own, other] = moved.edits.map(({ item }) => item as PathEdit);
  assert.equal([own!.path, own!.source], ["/run/web", "/run/user/5/private/web"]);
  assert.is(other, edit);
  assert.equal(moved.releases[0]!.item, {
    kind: "remove",
    base: "/run/user/5",
    path: "/run/user/5/private/web",
    links: ["/run/user/5/web"],
  });
  assert.equal(rootlessPlan(moved, PLACES), moved);
});

test("the host's files are looked up in the user's directories", () => {
  const seen: string[] = [];
  const tree = rootlessTree(
    {
      look: (path: string) => {
        seen.push(path);
        return { path, type: "missing" as const, uid: 0, gid: 0, mode: 0 };
      },
    },
    PLACES,
  );
  for (const path of ["/var/lib/private/web", "/var/library", "/run/user/5/x"]) tree.look(path);
  assert.equal(seen, ["/home/a/.local/state/private/web", "/var/library", "/run/user/5/x"]);
});

test.run();
