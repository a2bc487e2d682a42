import { parseHolder } from "../../../identity/holder.ts";
import { type Area, type Finding, ok, problem, warning } from "../finding.ts";
import type { Host } from "../host.ts";

const OWN = "/run/dynuser";

export const leases: Area<Host> = {
  name: "leases",
  *probe(host) {
    yield* probeTrust(host);
    const names = host.list(`${OWN}/holders`).filter((name) => !name.startsWith("."));
    const holders = names.map((name) => parseHolder(host.read(`${OWN}/holders/${name}`) ?? ""));
    const known = holders.filter((holder) => holder !== undefined);
    const gone = known.filter((holder) => !host.isAlive(holder));
    if (gone.length > 0) {
      const ids = gone.map(({ id }) => id).join(", ");
      yield warning(`${gone.length} containers have gone and left what is to be released: ${ids}`, "dynuser gc");
    }
    if (known.length < holders.length) {
      yield warning(`${holders.length - known.length} records in ${OWN}/holders are damaged`, "dynuser gc");
    }
    if (gone.length === 0 && known.length === holders.length) yield ok(`${known.length} containers hold users`);
  },
};

/** What others could write is not believed, and private/ is what keeps a user's files from the next one. */
function* probeTrust(host: Host): Iterable<Finding> {
  const own = host.status(OWN);
  if (own !== undefined && (own.uid !== 0 || (own.mode & 0o022) !== 0)) {
    yield problem(`${OWN} can be written by others than root`, `chown root ${OWN} && chmod 0755 ${OWN}`);
  }
  for (const base of ["/var/lib", "/var/cache", "/var/log"]) {
    const path = `${base}/private`;
    const status = host.status(path);
    if (status === undefined || (status.uid === 0 && (status.mode & 0o077) === 0)) continue;
    yield problem(`${path} can be entered by others than root`, `chown root ${path} && chmod 0700 ${path}`);
  }
}
