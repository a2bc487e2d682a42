import { CacheDirectory, LogsDirectory, RuntimeDirectory, StateDirectory } from "../directives/execDirectories.ts";
import { DIRECTIVES } from "../directives/index.gen.ts";
import { Group, gidOf } from "../directives/user.ts";
import { quote, UserError, UserErrors } from "../errors.ts";
import type { Facts, Identity } from "../facts.ts";
import type { Context } from "../plan.ts";
import { isFree, nameOf, refuseBeyond } from "../policy.ts";
import type { Service } from "../service.ts";
import type { Asked } from "./asked.ts";
import { readSettings } from "./pipeline.ts";

/**
 * The service that the profile and the annotations make together, within what the administrator allows.
 * @throws UserErrors with all that is wrong
 */
export function readAskedService(asked: Asked, unit: string): Service {
  const { profile, requested, rules, engine } = asked;
  const read = (settings: Asked["profile"]) => readSettings(settings, { unit, door: "container" }).service;
  const service = read([...profile, ...requested]);
  if (requested.length === 0) return service;
  refuseBeyond({ rules, service, profile: read(profile), most: read(maximaOf(asked)) }, engine);
  return service;
}

function maximaOf({ rules, engine }: Asked): Asked["profile"] {
  const place = `engines.${engine}.maxima in /etc/dynuser/config.yaml`;
  return Object.entries(rules.maxima).flatMap(([name, texts]) => {
    const row = DIRECTIVES.get(name);
    if (row !== undefined && row.value.within === undefined) {
      throw new UserError(`cannot take a maximum of ${name}=: its values cannot be compared (${place})`);
    }
    return texts.map((value) => ({ name, value, place, lenient: false }));
  });
}

/**
 * Whoever may annotate a container could otherwise be in any group of the host: that of its disks, say, or root's.
 * @throws UserError
 */
export function refuseHostGroup(context: Context, { engine, requested, rules, staticUsers }: Asked): void {
  const group = context.service.get(Group);
  const isAdministrators = requested.every(({ name }) => name !== Group.name);
  if (group === undefined || isAdministrators || staticUsers || context.identity?.groupLeased === true) return;
  throw new UserError(
    `cannot take Group= from an annotation: ${quote(group)} is a group of this host, GID ${gidOf(context)}, and policy of ${engine} is ${nameOf(rules.policy)}, expected a name that is free together with DynamicUser=yes, or staticUsers: yes (engines.${engine}.staticUsers in /etc/dynuser/config.yaml)`,
  );
}

const KINDS = [
  { directive: StateDirectory, base: "/var/lib" },
  { directive: CacheDirectory, base: "/var/cache" },
  { directive: LogsDirectory, base: "/var/log" },
  { directive: RuntimeDirectory, base: "/run" },
] as const;

/**
 * Refuses directories that annotations ask for where the host has some of its own: /var/lib/docker would be given away,
 * a directory in /run/udev would be read by the host's programs. A maximum says which ones may be had.
 * @throws UserErrors naming each
 */
export function refuseHostDirectories({ service, identity, facts }: Context, { rules, requested }: Asked): void {
  const asked = KINDS.filter(
    ({ directive: row }) =>
      requested.some(({ name }) => DIRECTIVES.get(name)?.name === row.name) &&
      !isFree(rules, row) &&
      !Object.hasOwn(rules.maxima, row.name),
  );
  const problems = asked.flatMap(({ directive, base }) =>
    (service.get(directive) ?? [])
      .flatMap(({ source, links }) => [source, ...links])
      .flatMap((name) => {
        const reason = reasonAgainst(base, name, identity, facts);
        return reason === undefined ? [] : [`cannot take ${directive.name}=${name} from an annotation: ${reason}`];
      }),
  );
  if (problems.length > 0) throw new UserErrors(problems);
}

/** Undefined where nobody else can have anything there: what is below private/ belongs to services. */
function reasonAgainst(
  base: string,
  name: string,
  identity: Identity | undefined,
  { host }: Facts,
): string | undefined {
  if (identity?.leased !== true) return "found no DynamicUser=yes, expected that, or a maximum that has the directory";
  const top = name.split("/")[0]!;
  const plain = host.look(`${base}/${top}`);
  const isFine =
    plain.type === "missing" ||
    plain.path.startsWith(`${base}/private/`) ||
    host.look(`${base}/private/${top}`).type === "directory" ||
    [NOBODY, identity.uid].includes(plain.uid);
  if (isFine && !READ_BY_THE_HOST.test(name)) return undefined;
  return `${quote(`${base}/${top}`)} is the host's own, expected a new name, or a maximum that has it`;
}

const NOBODY = 65534;

/** /run/tmpfiles.d and its like. */
const READ_BY_THE_HOST = /\.d(?:\/|$)/;
