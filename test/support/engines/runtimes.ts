import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { ROOTS, type TestHost } from "../hosts/testHost.ts";

/** A low-level runtime to test with: the installed one, or a newer one that takes its place. */
export interface RuntimeUnderTest {
  readonly name: "crun" | "runc";
  readonly title: string;
  /** Absolute; in every test host. */
  readonly program: string;
  /** Puts it in its place in a test host that was opened "with roots". */
  install(host: TestHost): void;
}

const NEWEST = `${ROOTS}/sid-runtimes`;

const PROGRAMS = { crun: "/usr/bin/crun", runc: "/usr/sbin/runc" } as const;

const INSTALLED = (["crun", "runc"] as const).map((name) => ({
  name,
  title: name,
  program: PROGRAMS[name],
  install: () => {},
}));

/** Debian's own, and the newest crun unless it is the same; the newest runc does not start in a test host's mounts. */
export const RUNTIMES: readonly RuntimeUnderTest[] = isNewer("crun")
  ? [
      ...INSTALLED,
      { name: "crun", title: "newest crun", program: PROGRAMS.crun, install: (host) => installNewest(host, "crun") },
    ]
  : INSTALLED;

/** Those, and the newest runc, for what needs no container to start. */
export const PARSERS: readonly RuntimeUnderTest[] = isNewer("runc")
  ? [
      ...RUNTIMES,
      { name: "runc", title: "newest runc", program: PROGRAMS.runc, install: (host) => installNewest(host, "runc") },
    ]
  : RUNTIMES;

function isNewer(name: keyof typeof PROGRAMS): boolean {
  const newest = `${NEWEST}/${name}`;
  const [known, found] = [PROGRAMS[name], newest].map((path) => spawnSync(path, ["--version"]).stdout?.toString());
  return existsSync(newest) && known !== found;
}

function installNewest({ sh }: TestHost, name: keyof typeof PROGRAMS): void {
  const { status, stderr } = sh(`mount --bind ${NEWEST}/${name} ${PROGRAMS[name]}`);
  if (status !== 0) throw new Error(`cannot install the newest ${name}: ${stderr}`);
}
