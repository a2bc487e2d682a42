import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DIST } from "../../support/hosts/dynuser.ts";
import { makeUser, type OrdinaryUser } from "../../support/hosts/ordinaryUser.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";

const EXAMPLES = join(import.meta.dirname, "../../../examples/agent");
const PROJECT = "/srv/project";

interface Stage {
  testHost: TestHost;
  user: OrdinaryUser;
  run(program: string, args: readonly string[], variables?: readonly string[]): string;
}

const agents = suite<Stage>("examples for agents");

agents.before(async (stage) => {
  stage.testHost = await openTestHost();
  stage.user = makeUser(stage.testHost, "author", 4323, "several");
  stage.testHost.sh(`
    cp -r ${EXAMPLES} /srv/agent
    mkdir -p ${PROJECT}/.git; echo kept >${PROJECT}/.git/HEAD; chown -R 4323:4323 ${PROJECT}
    echo word >${stage.user.home}/secret; chown 4323 ${stage.user.home}/secret`);
  stage.run = (program, args, variables = []) => {
    const env = ["env", `PATH=${DIST}:/usr/bin:/bin`, "API_TOKEN=word", "EDITOR=vi", ...variables];
    const { stdout, stderr } = stage.user.run([...env, `/srv/agent/${program}`, ...args], { cwd: PROJECT });
    return stdout + stderr;
  };
});
agents.after(async ({ testHost }) => {
  testHost.sh(`rm -r /srv/agent ${PROJECT}`);
  await testHost.close();
});

const LOOK = "pwd; echo $EDITOR; echo $API_TOKEN; ls -A ~; touch made; touch .git/x 2>/dev/null || echo kept";

agents("agent.sh shows an agent its project and no secrets", ({ run, testHost }) => {
  assert.is(run("agent.sh", ["sh", "-c", LOOK], ["AGENT_NETWORK=none"]), `${PROJECT}\nvi\n\nkept\n`);
  assert.is(testHost.sh(`stat -c %u ${PROJECT}/made; rm ${PROJECT}/made`).stdout, "4323\n");
});

agents("agent.sh shows what AGENT_FILES names", ({ run, user }) => {
  const script = `cat ${user.home}/secret; grep -c : /proc/net/dev`;
  assert.is(
    run("agent.sh", ["sh", "-c", script], ["AGENT_NETWORK=none", `AGENT_FILES=${user.home}/secret`]),
    "word\n1\n",
  );
});

agents("shell.sh runs a command where the agent is", ({ run }) => {
  assert.is(
    run("shell.sh", ["-c", "mkdir sub; cd sub; pwd; cat ~/secret 2>/dev/null; rmdir ../sub"]),
    `${PROJECT}/sub\n`,
  );
});

agents("hook.sh answers with the command in the sandbox, and not at all for other tools", ({ user, testHost }) => {
  const ask = (call: object) => user.run(["/srv/agent/hook.sh"], { cwd: PROJECT, input: JSON.stringify(call) }).stdout;
  assert.is(ask({ tool_name: "Read", tool_input: { path: "x" } }), "");
  const answer = JSON.parse(ask({ tool_name: "Bash", tool_input: { command: "echo 'it is' me", timeout: 5 } }));
  const { command, timeout } = answer.hookSpecificOutput.updatedInput;
  assert.is(timeout, 5);
  const { stdout } = user.run(["env", `PATH=${DIST}:/usr/bin:/bin`, "sh", "-c", command], { cwd: PROJECT });
  assert.is(stdout, "it is me\n", testHost.directory);
});

agents.run();
