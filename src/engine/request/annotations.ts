import { quote, UserErrors } from "../../errors.ts";
import type { Setting } from "../../settings/setting.ts";
import { isServiceName, SERVICE_NAME } from "../../settings/unitName.ts";
import { checkAmount } from "./amount.ts";

/** What a container's annotations ask for. */
export interface AnnotationRequest {
  /** dynuser/Name=: the service's name. */
  readonly name?: string;
  /** dynuser/Profile=: a file below /etc/dynuser/profiles. */
  readonly profile?: string;
  readonly settings: readonly Setting[];
}

const PREFIX = "dynuser/";

/** `dynuser/Key`, or `dynuser/CONTAINER.Key` for one container of a pod. */
interface Annotation {
  readonly key: string;
  readonly container: string | undefined;
  readonly name: string;
  readonly value: string;
}

/**
 * Reads `dynuser/<Directive>`, `dynuser/Name` and `dynuser/Profile`; the lines of a value are settings of their own.
 * Undefined when there is none of them.
 * @param container its name in the pod: keys with `dynuser/<container>.` are for this one alone and read later
 * @throws UserErrors for annotations that exceed the bounds, keys that can be no directive, and names outside the grammar
 */
export function readAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  container?: string,
): AnnotationRequest | undefined {
  const all = Object.entries(annotations ?? {}).filter(([key]) => key.startsWith(PREFIX));
  checkAmount(all);
  const read = all.map(([key, value]) => readKey(key, value, container !== undefined));
  const odd = all.flatMap(([key], index) => (read[index] === undefined ? [key] : []));
  const known = read.filter((one) => one !== undefined);
  const problems = [...odd.map(describeOdd), ...known.flatMap(checkName)];
  if (problems.length > 0) throw new UserErrors(problems);
  const general = known.filter((one) => one.container === undefined);
  const own = known.filter((one) => one.container !== undefined && one.container === container);
  const asked = [...general, ...own];
  return asked.length === 0 ? undefined : requestOf(asked);
}

const KEY = /^(?:([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)\.)?([A-Z][A-Za-z0-9]*)$/;

function readKey(key: string, value: string, isInPod: boolean): Annotation | undefined {
  const [, container, name] = KEY.exec(key.slice(PREFIX.length)) ?? [];
  if (name === undefined || (container !== undefined && !isInPod)) return undefined;
  return { key, container, name, value };
}

function describeOdd(key: string): string {
  return `cannot read annotation ${quote(key)}: expected ${PREFIX}<Directive>, Name or Profile`;
}

/** Grammar of the values that become parts of paths; both keys come before any directive is read. */
const NAMES: Readonly<Record<string, { readonly isValid: (text: string) => boolean; readonly expected: string }>> = {
  Name: { isValid: isServiceName, expected: SERVICE_NAME },
  Profile: {
    isValid: (text) => /^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,199}$/.test(text),
    expected: "1 to 200 letters, digits and _.@-, beginning with a letter, a digit or _",
  },
};

function checkName({ key, name, value }: Annotation): readonly string[] {
  const grammar = NAMES[name];
  if (grammar === undefined || grammar.isValid(value)) return [];
  return [`cannot read annotation ${quote(key)}: found ${quote(value.slice(0, 256))}, expected ${grammar.expected}`];
}

function requestOf(asked: readonly Annotation[]): AnnotationRequest {
  const last = (name: string) => asked.findLast((one) => one.name === name)?.value;
  const [name, profile] = [last("Name"), last("Profile")];
  return {
    ...(name === undefined ? {} : { name }),
    ...(profile === undefined ? {} : { profile }),
    settings: asked.flatMap(settingsOf),
  };
}

function settingsOf({ key, name, value }: Annotation): readonly Setting[] {
  if (Object.hasOwn(NAMES, name)) return [];
  const place = `annotation ${key}`;
  return value.split("\n").map((line) => ({ name, value: line.trim(), place, lenient: false }));
}
