import { siphash24 } from "./siphash.ts";

/** Where a user's name may come from, the first one that is there wins. */
export interface NameSources {
  /** User=, taken as it is. */
  readonly user?: string | undefined;
  /** --name. */
  readonly name?: string | undefined;
  /** The unit's full name, `web@1.service`. */
  readonly unit?: string | undefined;
  /** The first name of StateDirectory= and the like. */
  readonly directory?: string | undefined;
}

/** The user name of a service, by the rules of systemd (src/core/unit.c, user_from_unit_name). */
export function userNameOf(sources: NameSources): string | undefined {
  if (sources.user !== undefined) return sources.user;
  const prefix = sources.name ?? (sources.unit === undefined ? sources.directory : prefixOfUnit(sources.unit));
  return prefix === undefined ? undefined : userNameFromPrefix(prefix);
}

/** `web@1.service` → `web`, `a.b.service` → `a.b`. */
export function prefixOfUnit(unit: string): string {
  const at = unit.indexOf("@");
  if (at >= 0) return unit.slice(0, at);
  const dot = unit.lastIndexOf(".");
  return dot < 0 ? unit : unit.slice(0, dot);
}

/** `prefix` itself where it can name a user, else a name made of its hash. */
export function userNameFromPrefix(prefix: string): string {
  if (isUserName(prefix)) return prefix;
  return `_du${siphash24(Buffer.from(prefix), PREFIX_KEY).toString(16).padStart(16, "0")}`;
}

/** Whether systemd would take `text` as the name of a dynamic user (user-util.c, valid_user_group_name, strict). */
export function isUserName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_-]{0,30}$/.test(text);
}

/** Where in the range the search for a name's UID begins: the low half of the hash, then the remainder. */
export function hashOfName(name: string, size: number): number {
  return Number(BigInt.asUintN(32, siphash24(Buffer.from(name), UID_KEY))) % size;
}

const PREFIX_KEY = Buffer.from("581aafe628584e96b44ef53b8c9207ec", "hex");
const UID_KEY = Buffer.from("37537e31cfce48f58abb39578dd9ec59", "hex");
