import { quote, UserErrors } from "../errors.ts";
import type { Setting } from "./setting.ts";

/** What a container's annotations ask for. */
export interface Request {
  /** dynuser/Name=: the service's name. */
  readonly name?: string;
  /** dynuser/Profile=: a file below /etc/dynuser/profiles. */
  readonly profile?: string;
  readonly settings: readonly Setting[];
}

const PREFIX = "dynuser/";

/**
 * Reads `dynuser/<Directive>`, `dynuser/Name` and `dynuser/Profile`; the lines of a value are settings of their own.
 * Undefined when there is none of them.
 * @throws UserErrors naming every key that cannot be one
 */
export function readAnnotations(annotations: Readonly<Record<string, string>> | undefined): Request | undefined {
  const asked = Object.entries(annotations ?? {}).filter(([key]) => key.startsWith(PREFIX));
  if (asked.length === 0) return undefined;
  refuseOddKeys(asked.map(([key]) => key.slice(PREFIX.length)));
  const values = new Map(asked.map(([key, value]) => [key.slice(PREFIX.length), value]));
  const { Name: name, Profile: profile } = Object.fromEntries(values);
  return {
    ...(name === undefined ? {} : { name }),
    ...(profile === undefined ? {} : { profile }),
    settings: [...values].flatMap(([name, value]) => settingsOf(name, value)),
  };
}

function refuseOddKeys(names: readonly string[]): void {
  const odd = names.filter((name) => !/^[A-Z][A-Za-z0-9]*$/.test(name));
  if (odd.length === 0) return;
  throw new UserErrors(
    odd.map((name) => `cannot read annotation ${quote(PREFIX + name)}: expected ${PREFIX}<Directive>, Name or Profile`),
  );
}

function settingsOf(name: string, value: string): readonly Setting[] {
  if (name === "Name" || name === "Profile") return [];
  const place = `annotation ${PREFIX}${name}`;
  return value.split("\n").map((line) => ({ name, value: line.trim(), place, lenient: false }));
}
