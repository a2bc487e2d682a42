import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startPodman } from "../../support/engines/engines.ts";
import { DYNUSER } from "../../support/hosts/dynuser.ts";
import { openTestHost, ROOTS, type TestHost } from "../../support/hosts/testHost.ts";

/** What a CI job has: a container of podman with the newest Debian, and with these options. */
const CONTAINERS = {
  "podman's default": [],
  "with CAP_SYS_ADMIN": ["--cap-add", "SYS_ADMIN"],
  "with all of /proc": ["--security-opt", "unmask=ALL"],
  privileged: ["--privileged"],
} as const;

interface Stage {
  testHost: TestHost;
  see(script: string, ...options: readonly string[]): string;
}

const tests = suite<Stage>("dynuser run in containers");

tests.before(async (stage) => {
  stage.testHost = await openTestHost("with roots");
  const podman = startPodman(stage.testHost);
  const fixed = ["run", "--rm", "--network", "none", "--cgroups", "disabled", "-v", `${DYNUSER}:/usr/bin/dynuser:ro`];
  stage.see = (script, ...options) => {
    const { stdout, stderr } = podman([...fixed, ...options, "--rootfs", `${ROOTS}/sid:O`, "sh", "-c", script]);
    return stdout + stderr;
  };
});
tests.after(({ testHost }) => testHost.close());

for (const [title, options] of Object.entries(CONTAINERS)) {
  tests(`${title}: a dynamic user, a read-only system and a workspace`, ({ see }) => {
    const script = `
      mkdir /job; cd /job; chown 1000:1000 .
      dynuser run --name job --workspace . --result result.json -- sh -c 'id -un; echo made >file; touch /x 2>&1'
      cat file; grep -o '"exitCode": 1' result.json; stat -c %u file`;
    const seen = see(script, ...options);
    assert.match(seen, /^job\ntouch: .*Read-only file system\nmade\n"exitCode": 1\n1000\n$/, seen);
  });

  tests(`${title}: an ordinary user of the container`, ({ see }) => {
    const script = `useradd -m joe; su joe -c 'cd; dynuser run --name own -p StateDirectory=own -- sh -c "id -un; echo 1 >\\$STATE_DIRECTORY/a"; cat .local/state/own/a'`;
    assert.is(see(script, ...options), "own\n1\n");
  });

  tests(`${title}: profile ci works, or says which option of the container it needs`, ({ see }) => {
    const seen = see("dynuser run --profile ci -- echo checked", ...options);
    const needs =
      /^dynuser: cannot honour PrivatePIDs=: found parts of \/proc hidden.*podman run --security-opt unmask=ALL.*\n$/;
    assert.match(seen, title === "podman's default" ? needs : /^checked\n$/, seen);
  });
}

tests("a workspace of root on an overlay needs another owner where root may mount", ({ see }) => {
  const script = "mkdir /job; cd /job; dynuser run --workspace . -- touch file; stat -c %u file";
  assert.is(see(script), "0\n");
  assert.match(see(script, "--cap-add", "SYS_ADMIN"), /found root's files .*, expected another owner \(chown\)/);
});

tests("where the container's filter forbids user namespaces, the message says so", ({ testHost, see }) => {
  const rules = [{ names: ["unshare", "clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38 }];
  const clone = {
    names: ["clone"],
    action: "SCMP_ACT_ERRNO",
    args: [{ index: 0, value: 0x10000000, valueTwo: 0x10000000, op: "SCMP_CMP_MASKED_EQ" }],
  };
  const profile = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [...rules, clone] };
  testHost.sh(`cat >${testHost.directory}/docker.json`, { input: JSON.stringify(profile) });
  const options = ["--security-opt", `seccomp=${testHost.directory}/docker.json`];
  const seen = see("dynuser run -- true; dynuser doctor", ...options);
  assert.match(
    seen,
    /cannot run dynuser run as root: found a system call filter like Docker's, expected a user namespace/,
  );
  assert.match(seen, /a system call filter like Docker's prevents/);
});

tests.run();
