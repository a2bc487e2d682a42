import { rmSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DYNUSER, type Laboratory, openLaboratory, RUNTIMES } from "../../support/hosts/comparisonHost.ts";

interface Case {
  readonly settings: readonly string[];
  readonly script: string;
  /** A file system of the host that is mounted noexec. */
  readonly noExec?: string;
}

/** Settings that name the service's own directories, none of which exists at the first start. */
const CASES: readonly Case[] = [
  { settings: ["StateDirectory=x", "ReadWritePaths=/var/lib/x"], script: "touch $STATE_DIRECTORY/y && ls /var/lib/x" },
  {
    settings: ["StateDirectory=x/y", "ReadWritePaths=/var/lib/x"],
    script: "touch $STATE_DIRECTORY/z; ls /var/lib/x/y",
  },
  { settings: ["RuntimeDirectory=x", "ReadOnlyPaths=/run/x"], script: "touch $RUNTIME_DIRECTORY/y; ls /run/x" },
  { settings: ["StateDirectory=x", "InaccessiblePaths=/var/lib/x"], script: "ls /var/lib/x; stat -Lc %a /var/lib/x" },
  {
    settings: ["CacheDirectory=x", "ExecPaths=/var/cache/x"],
    script: "cp /bin/true $CACHE_DIRECTORY/t && $CACHE_DIRECTORY/t && echo executed",
  },
  {
    settings: ["LogsDirectory=x", "NoExecPaths=/var/log/x"],
    script: "cp /bin/true $LOGS_DIRECTORY/t; $LOGS_DIRECTORY/t; echo $?",
  },
  {
    settings: ["StateDirectory=x", "BindPaths=/var/lib/x:/mnt"],
    script: "touch $STATE_DIRECTORY/y; ls /mnt",
  },
  { settings: ["StateDirectory=x", "TemporaryFileSystem=/var/lib"], script: "touch $STATE_DIRECTORY/y; ls /var/lib/x" },
  { settings: ["StateDirectory=x", "TemporaryFileSystem=/var"], script: "touch $STATE_DIRECTORY/y; ls /var/lib/x" },
  {
    settings: ["StateDirectory=x:link", "CacheDirectory=x", "TemporaryFileSystem=/var"],
    script: "touch $CACHE_DIRECTORY/c $STATE_DIRECTORY/y; ls /var/lib/link /var/cache/x",
  },
  { settings: ["RuntimeDirectory=x", "TemporaryFileSystem=/run"], script: "touch $RUNTIME_DIRECTORY/y; ls /run/x" },
  { settings: ["StateDirectory=x", "BindPaths=/opt:/var/lib"], script: "touch $STATE_DIRECTORY/y; ls /var/lib/x" },
  {
    settings: ["StateDirectory=x", "TemporaryFileSystem=/var/lib/x/cache"],
    script: "touch $STATE_DIRECTORY/y; ls -d /var/lib/x/*; stat -fc %T /var/lib/x/cache",
  },
  {
    settings: ["StateDirectory=x", "BindPaths=/srv/open:/var/lib/x"],
    script: "touch /var/lib/x/y; ls /var/lib/x; rm /var/lib/x/y",
  },
  { settings: ["RuntimeDirectory=x", "WorkingDirectory=-/run/x/below"], script: "pwd; ls -A /run/x" },
  { settings: ["StateDirectory=x", "WorkingDirectory=/var/lib/x"], script: "pwd; touch y; ls" },
  { settings: ["StateDirectory=x", "RuntimeDirectory=x"], script: "mountpoint /var/lib/x/.; mountpoint /run/x" },
  {
    settings: ["StateDirectory=x/a x/b"],
    script: "cd /var/lib/x; touch a/y; ln a/y b/z && echo linked; rmdir b || echo kept",
  },
  ...["StateDirectory /var/lib", "RuntimeDirectory /run", "CacheDirectory /var/cache"].map((words) => {
    const [setting = "", base = ""] = words.split(" ");
    return {
      settings: [`${setting}=x`, `ExecPaths=${base}/x`],
      script: `cp /bin/true ${base}/x/t && ${base}/x/t && echo executed`,
      noExec: base,
    };
  }),
];

const MADE = ["/var/lib/x", "/var/lib/link", "/var/cache/x", "/var/log/x", "/run/x", "/opt/x", "/opt/private"];

let laboratory: Laboratory;

test.before(async () => {
  laboratory = await openLaboratory();
});
test.after(() => laboratory.stop());

function outcome(command: readonly string[], noExec: string | undefined): string {
  const { run } = laboratory.reference;
  if (noExec === undefined) return outcomeOf(command);
  assert.is(run(["mount", "-o", "remount,noexec", noExec]).status, 0);
  try {
    return outcomeOf(command);
  } finally {
    run(["mount", "-o", "remount,exec", noExec]);
  }
}

function outcomeOf(command: readonly string[]): string {
  const { root, run } = laboratory.reference;
  for (const path of MADE) rmSync(root + path, { recursive: true, force: true });
  for (const base of ["/var/lib", "/var/cache", "/var/log"])
    rmSync(`${root}${base}/private/x`, { recursive: true, force: true });
  const { status, stdout, stderr } = run(command);
  if (status === 125) throw new Error(stderr);
  return `status ${status}\n${stdout}`;
}

for (const { settings, script, noExec } of CASES) {
  for (const dynamic of ["DynamicUser=yes", "DynamicUser=no"]) {
    const properties = [dynamic, ...settings].flatMap((setting) => ["-p", setting]);
    const command = ["sh", "-c", `umask 022; (${script}) 2>&1`];
    let expected: string;
    test(`systemd starts a service with ${dynamic} ${settings.join(" ")}`, () => {
      const service = ["systemd-run", "--unit=x", "--collect", "--pipe", "--wait", "-q", ...properties, ...command];
      expected = outcome(service, noExec);
    });
    for (const runtime of Object.values(RUNTIMES)) {
      test(`a first start with ${dynamic} ${settings.join(" ")} on ${runtime} ends as under systemd`, () => {
        const service = [DYNUSER, "run", "--runtime", runtime, "--name", "x", ...properties, "--", ...command];
        assert.is(outcome(service, noExec), expected);
      });
    }
  }
}

test.run();
