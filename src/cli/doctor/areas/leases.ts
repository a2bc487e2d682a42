import { holderFormat } from "../../../identity/holderRecord.ts";
import { NOBODY } from "../../../model/nobody.ts";
import { STATE_DIRECTORY } from "../../../model/paths.ts";
import { PERSISTENT_KINDS } from "../../../values/directoryKinds.ts";
import { type Area, type Finding, ok, problem, warning } from "../finding.ts";
import type { Host } from "../host.ts";

export const leases: Area<Host> = {
  name: "leases",
  *probe(host) {
    yield* probeTrust(host);
    const names = host.list(`${STATE_DIRECTORY}/holders`).filter((name) => !name.startsWith("."));
    const holders = names.map((name) => holderFormat.parse(host.read(`${STATE_DIRECTORY}/holders/${name}`) ?? ""));
    const known = holders.filter((holder) => holder !== undefined);
    const gone = known.filter((holder) => !host.isAlive(holder));
    if (gone.length > 0) {
      const ids = gone.map(({ id }) => id).join(", ");
      yield warning(`${gone.length} containers have exited without a release: ${ids}`, "dynuser gc");
    }
    if (known.length < holders.length) {
      yield warning(`${holders.length - known.length} records in ${STATE_DIRECTORY}/holders are damaged`, "dynuser gc");
    }
    if (gone.length === 0 && known.length === holders.length) yield ok(`${known.length} containers hold users`);
  },
};

/** Records that other users can write are not trusted; the mode of private/ protects files from the next user of a UID. */
function* probeTrust(host: Host): Iterable<Finding> {
  const own = host.status(STATE_DIRECTORY);
  if (own !== undefined && (!isRoot(own.uid, host) || (own.mode & 0o022) !== 0)) {
    yield problem(
      `${STATE_DIRECTORY} can be written by others than root`,
      `chown root ${STATE_DIRECTORY} && chmod 0755 ${STATE_DIRECTORY}`,
    );
  }
  for (const { base } of PERSISTENT_KINDS) yield* probePrivate(`${base}/private`, host);
}

function* probePrivate(path: string, host: Host): Iterable<Finding> {
  const target = host.link(path);
  if (target !== undefined) {
    yield problem(
      `${path} is a link to ${target}, which dynuser and systemd refuse`,
      `rm ${path} && mkdir -m 0700 ${path}`,
    );
    return;
  }
  const status = host.status(path);
  if (status === undefined || (isRoot(status.uid, host) && (status.mode & 0o077) === 0)) return;
  yield problem(`${path} can be entered by others than root`, `chown root ${path} && chmod 0700 ${path}`);
}

/** In a user namespace root of the host appears as the overflow user (user_namespaces(7)). */
function isRoot(uid: number, host: Host): boolean {
  const isInNamespace = !/^\s*0\s+0\s+4294967295\s*$/.test(host.read("/proc/self/uid_map") ?? "0 0 4294967295");
  return uid === 0 || (isInNamespace && uid === NOBODY.uid);
}
