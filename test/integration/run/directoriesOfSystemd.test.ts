import { mkdirSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DIRECTIVES } from "../../../src/directives/index.gen.ts";
import { rootfsTree } from "../../../src/host/tree.ts";
import type { Action, Release } from "../../../src/model/action.ts";
import type { Facts, PathStatus } from "../../../src/model/facts.ts";
import { makePlan } from "../../../src/model/plan.ts";
import { makeService } from "../../../src/model/service.ts";
import { performActions } from "../../../src/start/host/perform.ts";
import { performReleases } from "../../../src/start/host/release.ts";
import { command, listTree, withTmpfs } from "../../support/hosts/scratch.ts";
import { bootSystemdHost, type SystemdHost } from "../../support/hosts/systemdHost.ts";
import { parse } from "../../support/systemd/reading.ts";

/*
 * The same settings under systemd 257 and under our plan and its actions: what is on disk while the service runs and
 * after it has ended. `@` in a setting is a name of the case's own.
 */

interface Case {
  readonly title: string;
  /** Services that run one after the other. */
  readonly starts: readonly (readonly string[])[];
  /** Made on both sides before. */
  readonly before?: string;
  /** A declared deviation: after the first dynamic user it belongs to 65534 here, and to that user under systemd. */
  readonly staysNobodys?: true;
}

const dynamic = "DynamicUser=yes";
const daemon = "User=daemon";

const CASES: readonly Case[] = [
  { title: "one private directory", starts: [[dynamic, "StateDirectory=@"]] },
  { title: "nested names", starts: [[dynamic, "StateDirectory=@b/c/d @a @a/x/y @b/c"]] },
  { title: "nested names, public", starts: [[daemon, "StateDirectory=@b/c/d @a @a/x/y @b/c"]] },
  {
    title: "modes",
    starts: [
      [dynamic, "StateDirectory=@", "StateDirectoryMode=0700", "CacheDirectory=@ @/x", "CacheDirectoryMode=1770"],
    ],
  },
  { title: "set-id bits, public", starts: [[daemon, "StateDirectory=@", "StateDirectoryMode=2770"]] },
  { title: "links", starts: [[dynamic, "StateDirectory=@:@other @:@deep/er/one", "LogsDirectory=@x/y:@z:ro"]] },
  { title: "links, public", starts: [[daemon, "StateDirectory=@:@other", "ConfigurationDirectory=@"]] },
  {
    title: "a mode that changes",
    starts: [0o755, 0o700, 0o750].map((mode) => [
      dynamic,
      "StateDirectory=@",
      `StateDirectoryMode=0${mode.toString(8)}`,
    ]),
  },
  {
    title: "all five",
    starts: [[dynamic, ...["Runtime", "State", "Cache", "Logs", "Configuration"].map((kind) => `${kind}Directory=@`)]],
  },
  {
    title: "all five for root",
    starts: [["Runtime", "State", "Cache", "Logs", "Configuration"].map((kind) => `${kind}Directory=@`)],
  },
  { title: "a runtime directory with a link", starts: [[dynamic, "RuntimeDirectory=@a/b:@c @d"]] },
  {
    title: "a runtime directory that is kept",
    starts: [[dynamic, "RuntimeDirectory=@", "RuntimeDirectoryPreserve=yes"]],
  },
  {
    title: "a static user's runtime directory that is kept",
    starts: [[daemon, "RuntimeDirectory=@", "RuntimeDirectoryPreserve=yes"]],
  },
  { title: "migration on, from root", starts: [["StateDirectory=@ @/x"], [dynamic, "StateDirectory=@ @/x"]] },
  {
    title: "migration on, from another user",
    starts: [
      [daemon, "StateDirectory=@"],
      [dynamic, "StateDirectory=@"],
    ],
    staysNobodys: true,
  },
  {
    title: "migration off, to another user",
    starts: [
      [dynamic, "StateDirectory=@ @/x"],
      [daemon, "StateDirectory=@ @/x"],
    ],
  },
  {
    title: "migration off, to root",
    starts: [
      [dynamic, "StateDirectory=@"],
      ["User=root", "StateDirectory=@"],
    ],
  },
  {
    title: "migration on and off",
    starts: [
      [daemon, "CacheDirectory=@/a"],
      [dynamic, "CacheDirectory=@/a"],
      [daemon, "CacheDirectory=@/a"],
    ],
    staysNobodys: true,
  },
  {
    title: "content that migrates",
    starts: [[dynamic, "StateDirectory=@"]],
    before: "mkdir -p var/lib/@/x; touch var/lib/@/x/y; ln -s / var/lib/@/l; chmod 4755 var/lib/@/x/y",
  },
  {
    title: "content that migrates for a static user",
    starts: [[daemon, "StateDirectory=@"]],
    before: "mkdir -p var/lib/@/x; touch var/lib/@/x/y; chmod 4755 var/lib/@/x/y",
  },
  {
    title: "a configuration that exists",
    starts: [[dynamic, "ConfigurationDirectory=@", "ConfigurationDirectoryMode=0700"]],
    before: "mkdir -p etc/@",
  },
];

const BASES = ["etc", "run", "var/cache", "var/lib", "var/log"];
const compare = suite<{ reference: SystemdHost }>("directories of systemd", {} as { reference: SystemdHost });

compare.before(async (context) => {
  context.reference = await bootSystemdHost();
});
compare.after((context) => context.reference.stop());

for (const [index, { title, starts, before = "", staysNobodys }] of CASES.entries()) {
  compare(title, ({ reference }) => {
    const own = `t${index}`;
    const script = before.replaceAll("@", own);
    withTmpfs("mode=755", (root) => {
      for (const base of BASES) mkdirSync(`${root}/${base}`, { recursive: true });
      for (const place of [root, reference.root]) command("sh", "-euc", `cd "$1"; ${script}`, "sh", place);
      let isNobodys = false;
      for (const start of starts) {
        const settings = start.map((setting) => setting.replaceAll("@", own));
        const theirs = runSystemd(reference, own, settings);
        const ours = runOurs(root, own, settings, theirs.uid);
        isNobodys ||= staysNobodys === true && start.includes(dynamic);
        const expected = isNobodys ? givenToNobody(theirs, theirs.uid) : theirs;
        assert.equal(ours.running, expected.running, `running ${settings.join(" ")}`);
        assert.equal(ours.ended, expected.ended, `after ${settings.join(" ")}`);
      }
    });
  });
}

compare.run();

interface Seen {
  readonly running: readonly string[];
  readonly ended: readonly string[];
}

function givenToNobody({ running, ended }: Seen, uid: number): Seen {
  const change = (lines: readonly string[]) => lines.map((line) => line.replace(` ${uid} ${uid} `, " 65534 65534 "));
  return { running: change(running), ended: change(ended) };
}

function runSystemd(reference: SystemdHost, own: string, settings: readonly string[]): Seen & { readonly uid: number } {
  const run = (...argv: readonly string[]) => {
    const { status, stdout, stderr } = reference.run(argv);
    if (status !== 0) throw new Error(`${argv.join(" ")}: ${stderr}`);
    return stdout.trim();
  };
  const properties = settings.flatMap((setting) => ["-p", setting]);
  run("systemd-run", "-q", `--unit=${own}`, "-p", "Type=exec", ...properties, "sleep", "infinity");
  const uid = Number(run("systemctl", "show", "-p", "UID", "--value", own));
  const running = list(reference.root, own);
  run("systemctl", "stop", own);
  return { uid, running, ended: list(reference.root, own) };
}

function runOurs(root: string, own: string, settings: readonly string[], uid: number): Seen {
  const { actions, releases } = planOurs(root, settings, uid);
  performActions(actions.map(({ owner, item }) => ({ owner, item: moveAction(root, item) })));
  const running = list(root, own);
  performReleases(releases.map(({ item }) => moveRelease(root, item)));
  return { running, ended: list(root, own) };
}

function planOurs(root: string, settings: readonly string[], uid: number) {
  const values = settings.flatMap((setting) => {
    const [name, text] = setting.split("=") as [string, string];
    const row = DIRECTIVES.get(name);
    return row === undefined ? [] : [[row, parse(row.value, text)] as const];
  });
  const tree = rootfsTree(root);
  const facts = {
    host: { look: (path: string): PathStatus => tree.look(path) },
    rootfs: { look: tree.look, path: root, isHost: true, hostPrefix: "", submounts: [] },
    runtime: { path: "/usr/bin/crun", name: "crun", version: "1.8.1", idMappedMounts: true },
    canMapIds: () => true,
    isNetworkFileSystem: () => false,
  } as unknown as Facts;
  const user = settings.find((setting) => setting.startsWith("User="));
  const id = { "User=daemon": 1, "User=root": 0 }[user ?? ""] ?? uid;
  const hasUser = user !== undefined || settings.includes(dynamic);
  return makePlan({
    service: makeService(new Map(values)),
    identity: hasUser
      ? { name: "x", groupName: "x", uid: id, gid: id, leased: false, groupLeased: false, groups: [] }
      : undefined,
    spec: { ociVersion: "1.0.0" },
    facts,
    scope: {
      name: "x",
      unit: "x.service",
      containerId: "x",
      token: "0123456789abcdef",
      directory: "/run/dynuser/x",
      environment: {},
    },
  });
}

function moveAction(root: string, action: Action): Action {
  return "base" in action ? { ...action, base: root + action.base } : action;
}

function moveRelease(root: string, release: Release): Release {
  if (release.kind !== "remove") return release;
  const links = release.links.map((link) => root + link);
  return { ...release, base: root + release.base, path: root + release.path, links };
}

/** Paths as the services see them; only the case's own, and the private/ above them. */
function list(root: string, own: string): readonly string[] {
  const lines = listTree(...BASES.map((base) => `${root}/${base}`)).map((line) =>
    line.replaceAll(`${root}/`, "/").trim(),
  );
  const isOwn = new RegExp(`/${own}(?!\\d)`);
  const ownLines = lines.filter((line) => isOwn.test(line) && !line.includes(" /run/systemd/"));
  const isBoundary = (line: string) =>
    line.endsWith("/private") && ownLines.some((one) => one.includes(`${line.split(" ")[3]}/`));
  return lines.filter((line) => ownLines.includes(line) || isBoundary(line));
}
