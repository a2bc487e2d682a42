/** `web@1.service` taken apart: prefix `web`, instance `1`, suffix `.service`. */
export interface UnitName {
  readonly prefix: string;
  /** "" for a template, absent for a plain unit. */
  readonly instance?: string;
  readonly suffix: string;
}

export function splitUnitName(name: string): UnitName {
  const dot = name.lastIndexOf(".");
  const [stem, suffix] = dot < 0 ? [name, ""] : [name.slice(0, dot), name.slice(dot)];
  const at = stem.indexOf("@");
  return at < 0 ? { prefix: stem, suffix } : { prefix: stem.slice(0, at), instance: stem.slice(at + 1), suffix };
}

/** `web@.service` of `web@1.service`; undefined for what is no instance. */
export function templateOf(name: string): string | undefined {
  const { prefix, instance, suffix } = splitUnitName(name);
  return instance ? `${prefix}@${suffix}` : undefined;
}

/** The instance of a template that `name` asks for: `web@.service` and `old@1.service` give `web@1.service`. */
export function instanceLike(template: string, name: string): string {
  const { prefix, instance, suffix } = splitUnitName(template);
  return instance === "" ? `${prefix}@${splitUnitName(name).instance ?? ""}${suffix}` : template;
}

/**
 * Names of the directories that hold drop-ins for a unit, the most special one first: `foo-bar@1.service.d`,
 * `foo-bar@.service.d`, `foo-@1.service.d`, `foo-@.service.d` (src/shared/dropin.c, unit_file_find_dirs).
 */
export function dropInDirectories(name: string): readonly string[] {
  const template = templateOf(name);
  const own = template === undefined ? [`${name}.d`] : [`${name}.d`, ...dropInDirectories(template)];
  const shorter = withoutLastPart(name);
  return [...new Set([...own, ...(shorter === undefined ? [] : dropInDirectories(shorter))])];
}

/** `foo-.service` of `foo-bar.service`, undefined where there is no dash but at the end. */
function withoutLastPart(name: string): string | undefined {
  const { prefix, instance, suffix } = splitUnitName(name);
  const dash = prefix.replace(/-+$/, "").lastIndexOf("-");
  if (dash < 1) return undefined;
  return `${prefix.slice(0, dash + 1)}${instance === undefined ? "" : `@${instance}`}${suffix}`;
}

/**
 * Whether `text` is the name of a service as it can stand in a path, a specifier and a cgroup: the characters of a unit's
 * name (systemd.unit(5)) without the backslash of its escapes, not `.`, `..` or hidden; nor is what %i and %j are of it.
 */
export function isServiceName(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.:@+-]{0,199}$/.test(text) && !/[@-]\.{0,2}(?:@|$)/.test(text);
}

/** What `isServiceName` accepts, for messages. */
export const SERVICE_NAME =
  "1 to 200 letters, digits and _.:@+-, beginning with a letter, a digit or _, with more than dots behind - and @ at the end";
