import { SYSTEMD_RANGE } from "../../../identity/registry.ts";
import { CONFIGURATION_PATH, STATE_DIRECTORY } from "../../../model/paths.ts";
import { type Area, type Finding, ok, problem, warning } from "../finding.ts";
import type { Host } from "../host.ts";

const { first, last } = SYSTEMD_RANGE;
const SIZE = last - first + 1;

export const range: Area<Host> = {
  name: "range of UIDs",
  *probe(host) {
    const collisions = [...probeNames(host), ...probeSubordinates(host)];
    yield* collisions;
    if (collisions.length === 0) yield ok(`no other user has a UID from ${first} to ${last}`);
    yield probeUse(host);
  },
};

function* probeNames(host: Host): Iterable<Finding> {
  for (const [path, command] of [
    ["/etc/passwd", "usermod -u UID"],
    ["/etc/group", "groupmod -g GID"],
  ] as const) {
    for (const line of (host.read(path) ?? "").split("\n")) {
      const [name = "", , id] = line.split(":");
      const number = Number(id);
      if (!(number >= first && number <= last)) continue;
      yield warning(
        `${name} of ${path} has ${number}, which is in the range of dynamic users and left out there`,
        `${command} ${name}`,
      );
    }
  }
}

function* probeSubordinates(host: Host): Iterable<Finding> {
  for (const [path, option] of [
    ["/etc/subuid", "subuids"],
    ["/etc/subgid", "subgids"],
  ] as const) {
    for (const line of (host.read(path) ?? "").split("\n")) {
      const [name = "", start, count] = line.split(":");
      const [from, to] = [Number(start), Number(start) + Number(count) - 1];
      if (!(from <= last && to >= first)) continue;
      yield warning(
        `${path} gives ${name} ${from} to ${to}, some of which are dynamic users`,
        `usermod --del-${option} ${from}-${to} --add-${option} 100000-165535 ${name}`,
      );
    }
  }
}

function probeUse(host: Host): Finding {
  const used = host.list(`${STATE_DIRECTORY}/uids`).filter((name) => /^\d+$/.test(name)).length;
  const text = `${used} of ${SIZE} UIDs are held or in cooldown`;
  const remedy = `dynuser gc, or a larger range (identity.first, identity.last in ${CONFIGURATION_PATH})`;
  if (used >= SIZE) return problem(`${text}: no further container gets one`, remedy);
  return used > SIZE * 0.9 ? warning(text, remedy) : ok(text);
}
