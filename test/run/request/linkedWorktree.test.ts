import { test } from "uvu";
import * as assert from "uvu/assert";
import { repositoryOf } from "../../../src/run/request/linkedWorktree.ts";
import { type Files, factsOfHost } from "../../support/hosts/facts.ts";

/** Files and their text. */
type Texts = Readonly<Record<string, string>>;

function repositoryIn(texts: Texts, links: Files = {}): string | undefined {
  const files = Object.fromEntries(Object.keys(texts).map((path) => [path, "file" as const]));
  const { host } = factsOfHost({ host: { "/w": "directory", ...files, ...links } });
  return repositoryOf("/w", { ...host, read: (path) => texts[host.look(path).path] });
}

const OWN = "/p/.git/worktrees/w";

test("a linked worktree has the repository whose files name it in return", () => {
  assert.is(repositoryIn({ "/w/.git": `gitdir: ${OWN}\n`, [`${OWN}/gitdir`]: "/w/.git\n" }), "/p/.git");
});

test("paths may be relative", () => {
  const texts = { "/w/.git": "gitdir: ../p/.git/worktrees/w\n", [`${OWN}/gitdir`]: "../../../../w/.git\n" };
  assert.is(repositoryIn(texts), "/p/.git");
});

test("what a program has written into the workspace leads nowhere else", () => {
  const inside = "/w/g/worktrees/x";
  assert.is(repositoryIn({ "/w/.git": "gitdir: /home/.ssh/worktrees/x\n" }), undefined);
  assert.is(repositoryIn({ "/w/.git": `gitdir: ${OWN}\n`, [`${OWN}/gitdir`]: "/other/.git\n" }), undefined);
  assert.is(repositoryIn({ "/w/.git": `gitdir: ${inside}\n`, [`${inside}/gitdir`]: "/w/.git\n" }), undefined);
  assert.is(repositoryIn({ "/w/.git": "gitdir: /p/x\n", "/p/x/gitdir": "/w/.git\n" }), undefined);
});

test("a link in the workspace is followed before the names are compared", () => {
  const texts = { "/w/.git": "gitdir: /w/link/worktrees/x\n", "/secret/gitdir": "/w/.git\n" };
  assert.is(repositoryIn(texts, { "/w/link/worktrees/x": "-> /secret" }), undefined);
});

test("a workspace that is no linked worktree has none", () => {
  assert.is(repositoryIn({}), undefined);
  assert.is(repositoryIn({}, { "/w/.git": "directory" }), undefined);
  assert.is(repositoryIn({}, { "/w/.git": "fifo" }), undefined);
});

test.run();
