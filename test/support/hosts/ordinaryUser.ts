import { join } from "node:path";
import { DYNUSER } from "./dynuser.ts";
import type { Result, RunOptions, TestHost } from "./testHost.ts";

/** An account of a test host without root. */
export interface OrdinaryUser {
  readonly name: string;
  readonly uid: number;
  readonly home: string;
  /** What a login has: HOME, USER, XDG_RUNTIME_DIR and PATH. */
  readonly environment: readonly string[];
  run(command: readonly string[], options?: RunOptions): Result;
  dynuser(args: readonly string[], options?: RunOptions): Result;
  /** Words that run a command as this user inside of the test host. */
  readonly drop: readonly string[];
}

/** @param ids whether it has subordinate IDs */
export function makeUser(testHost: TestHost, name: string, uid: number, ids: "several" | "one"): OrdinaryUser {
  const home = join(testHost.directory, name);
  const made = testHost.sh(`
    set -e
    chmod 755 ${testHost.directory}
    useradd --uid ${uid} --user-group --home-dir ${home} --create-home ${name}
    chmod 700 ${home}
    sed -i '/^${name}:/d' /etc/subuid /etc/subgid
    ${ids === "one" ? "" : `usermod --add-subuids 300000-365535 --add-subgids 300000-365535 ${name}`}
    mkdir -p -m 755 /run/user; mkdir -m 700 /run/user/${uid}; chown ${name}:${name} /run/user/${uid}`);
  if (made.status !== 0) throw new Error(`cannot add a user: ${made.stderr}`);
  const environment = [`HOME=${home}`, `USER=${name}`, `XDG_RUNTIME_DIR=/run/user/${uid}`, "PATH=/usr/bin:/bin"];
  const identity = ["--reuid", String(uid), "--regid", String(uid), "--init-groups"];
  const drop = ["setpriv", ...identity, "env", "-i", ...environment];
  const run: OrdinaryUser["run"] = (command, options) => testHost.run([...drop, ...command], { cwd: home, ...options });
  return {
    name,
    uid,
    home,
    environment,
    drop,
    run,
    dynuser: (args, options) => run([DYNUSER, ...args], options),
  };
}
