import { DIRECTIVES } from "../../src/directives/index.gen.ts";
import type { Random } from "../support/random.ts";

/** Texts as people write them, with what parsers stumble over. */

const NAMES = [...DIRECTIVES.keys()];

const WORDS =
  'a web /a /etc /var/lib . .. / // - + ! ~ : , ; = @ % %n %i %z %% yes no strict infinity private 0 1 07 -1 61184 65534 4294967295 18446744073709551616 1e999 99999999999999999999 1.5G 10% 5min AF_INET ~AF_UNIX CAP_KILL @system-service ~@mount:EPERM read rw ro rbind mode=0700 size=10% A=1 \'a b\' "c\\"d" \\x41 \\000 \\xff $A ${A} null true {} [] # | > & *x &x !!js/function <<: ---'.split(
    " ",
  );
const ODD = [
  "\0",
  "\n",
  "\r",
  "\t",
  "\u0007",
  "\u001b",
  "\u00e4",
  "\ud83d",
  "\ufeff",
  "\u2028",
  "\\",
  '"',
  "'",
  " ",
  "",
];

export function word(random: Random): string {
  switch (random.below(12)) {
    case 0:
      return random.pick(ODD);
    case 1:
      return random.pick(WORDS) + random.pick(ODD) + random.pick(WORDS);
    case 2:
      return random.pick(WORDS).repeat(random.pick([2, 9, 300]));
    default:
      return random.pick(WORDS);
  }
}

export function words(random: Random): string {
  return Array.from({ length: random.below(5) }, () => word(random)).join(random.pick([" ", " ", "", ":", ",", "/"]));
}

/** The name of a directive, sometimes nearly. */
export function name(random: Random): string {
  const chosen = random.pick(NAMES);
  if (random.below(10) > 0) return chosen;
  return random.pick([
    chosen.toLowerCase(),
    chosen.slice(1),
    `${chosen}x`,
    `X-${chosen}`,
    "__proto__",
    "constructor",
    word(random),
  ]);
}

export function setting(random: Random): string {
  const chosen = name(random);
  return `${chosen}${random.pick(["=", "=", "=", "=", " = ", ":", ""])}${value(random, chosen)}`;
}

/** What the directive's grammar has, more or less, or anything. */
export function value(random: Random, directive = random.pick(NAMES)): string {
  const syntax =
    DIRECTIVES.get(directive)
      ?.value.syntax.split(/[^A-Za-z0-9%@-]+/)
      .filter(Boolean) ?? [];
  if (syntax.length === 0 || random.below(3) === 0) return words(random);
  const parts = Array.from(
    { length: 1 + random.below(2) },
    () => PLACEHOLDERS[random.pick(syntax)] ?? [random.pick(syntax)],
  );
  return parts.map((choices) => random.pick(choices)).join(random.pick([" ", ":"]));
}

/** Values for the words in capitals of grammars. */
const PLACEHOLDERS: Readonly<Record<string, readonly string[]>> = {
  PATH: ["/a", "/data/x", "-/none", "/"],
  SOURCE: ["web", "a/b", "/srv"],
  LINK: ["link"],
  NAME: ["web", "A", "root"],
  NUMBER: ["0", "7", "4096"],
  BYTES: ["64K", "1G"],
  TYPE: ["net", "user"],
  CALL: ["mount", "read"],
  GROUP: ["@system-service"],
  ERRNO: ["EPERM"],
  AF_: ["AF_UNIX", "AF_INET"],
  CAP_: ["CAP_KILL"],
  MODE: ["0755"],
  OPTION: ["ro", "size=1M"],
};

/** JSON of about the given form: members replaced, removed, doubled, or of another type. */
export function mutateJson(json: unknown, random: Random): unknown {
  if (random.below(150) === 0) return random.pick(OTHER_VALUES);
  if (Array.isArray(json)) {
    const items = json.filter(() => random.below(40) > 0).map((item) => mutateJson(item, random));
    return random.below(20) === 0 ? [...items, ...items] : items;
  }
  if (typeof json === "string") return random.below(40) === 0 ? words(random) : json;
  if (typeof json === "number") return random.below(40) === 0 ? random.pick(NUMBERS) : json;
  if (typeof json !== "object" || json === null) return json;
  const members = Object.entries(json).filter(() => random.below(80) > 0);
  return Object.fromEntries(
    members.map(([key, member]) => [random.below(100) === 0 ? word(random) : key, mutateJson(member, random)]),
  );
}

const NUMBERS = [0, -1, 1.5, 65534, 65535, 4294967295, 4294967296, 2 ** 53, 1e300];
const OTHER_VALUES = [
  null,
  true,
  false,
  "",
  "x",
  0,
  -1,
  1.5,
  4294967296,
  [],
  {},
  [null],
  [[]],
  { a: null },
  { __proto__: 1 },
];

/** A text with some bytes moved: for what no grammar makes. */
export function mutateText(text: string, random: Random): string {
  let mutated = text;
  for (let times = 1 + random.below(4); times > 0; times--) {
    const at = random.below(mutated.length + 1);
    const end = Math.min(mutated.length, at + random.below(12));
    const [before, middle, after] = [mutated.slice(0, at), mutated.slice(at, end), mutated.slice(end)];
    mutated = random.pick([
      () => before + after,
      () => before + middle + middle + after,
      () => before + word(random) + after,
      () => before + String.fromCharCode(random.below(256)) + after,
      () => after + before,
    ])();
  }
  return mutated;
}
