import type { TestHost } from "../hosts/testHost.ts";

/** What a program of a test host has to be for a feature, and what holds before it. */
interface Limit {
  readonly program: string;
  /** The first version that has the feature. */
  readonly since: string;
  readonly before: string;
}

/** A test that expects something else of an older version asks `has`; none is left out. */
export const LIMITS = {
  runcMapsMounts: {
    program: "runc",
    since: "1.2",
    before: "runc ignores the ID maps of a mount: directories change hands on disk",
  },
  podmanKeepsAnnotations: {
    program: "podman",
    since: "4.6",
    before: "podman copies annotations of images: they get no directory without the administrator's word",
  },
  crunLeavesDevNull: {
    program: "crun",
    since: "1.24",
    before: "crun gives /dev/null to the container's user: its standard input is a pipe",
  },
} as const satisfies Record<string, Limit>;

export type Feature = keyof typeof LIMITS;

export function has(host: TestHost, feature: Feature): boolean {
  const { program, since } = LIMITS[feature];
  return isAtLeast(versionOf(host, program), since);
}

/** The features that the programs of a host are too old for, one line each. */
export function limitsOf(host: TestHost): readonly string[] {
  const missing = (Object.keys(LIMITS) as Feature[]).filter((feature) => !has(host, feature));
  return missing.map((feature) => {
    const { program, since, before } = LIMITS[feature];
    return `${program} ${versionOf(host, program)} is older than ${since}: ${before}`;
  });
}

/** The first version number that `PROGRAM --version` prints. */
export function versionOf({ run }: TestHost, program: string): string {
  const { stdout, stderr } = run([program, "--version"]);
  const version = /\d+(?:\.\d+)+/.exec(stdout)?.[0];
  if (version === undefined) throw new Error(`cannot find the version of ${program}: ${stdout}${stderr}`);
  return version;
}

function isAtLeast(version: string, wanted: string): boolean {
  return version.localeCompare(wanted, "en", { numeric: true }) >= 0;
}
