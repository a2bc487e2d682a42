import { FatalValueError, InvalidValueError, quote, UserErrors } from "../errors.ts";
import type { Directive, ParseContext, Service } from "../model/directive.ts";
import { makeService } from "../model/service.ts";
import { expandSpecifiers, type Specifiers } from "../values/specifiers.ts";
import { didYouMean } from "../values/suggestion.ts";
import type { Setting } from "./setting.ts";

/** Directives by every name they have, and the specifiers of this service. */
export interface Vocabulary {
  readonly directives: ReadonlyMap<string, Directive>;
  readonly specifiers: Specifiers;
  /** `dynuser run` supervises the service; no process of dynuser does so for an engine's container. */
  readonly isRun?: boolean;
}

export interface ReadService {
  readonly service: Service;
  /** One line each: the ignored setting, the reason and its place. */
  readonly warnings: readonly string[];
}

interface Fold {
  readonly vocabulary: Vocabulary;
  /** The values of a directive's assignments, in their order. */
  readonly values: Map<Directive, unknown[]>;
  readonly problems: string[];
  readonly warnings: string[];
}

/**
 * Reads settings in their order: later ones replace or extend earlier ones, empty ones reset.
 * @throws UserErrors with all that is wrong
 */
export function readService(settings: readonly Setting[], vocabulary: Vocabulary): ReadService {
  refuseTooMany(settings);
  const fold: Fold = { vocabulary, values: new Map(), problems: [], warnings: [] };
  for (const setting of settings) readSetting(fold, setting);
  const merged = [...fold.values].map(([directive, values]) => [directive, tryMerge(fold, directive, values)] as const);
  const service = makeService(new Map(merged));
  for (const [directive, value] of service.entries()) fold.problems.push(...(directive.check?.(value, service) ?? []));
  if (fold.problems.length > 0) throw new UserErrors(fold.problems);
  return { service, warnings: fold.warnings };
}

/**
 * Bounds of one service's settings, from all sources: reading and resolving them takes time that grows with the square of
 * the paths among them.
 */
export const MAXIMA = { settings: 8192, words: 8192 } as const;

function refuseTooMany(settings: readonly Setting[]): void {
  const words = settings.reduce((sum, { value }) => sum + countWords(value), 0);
  for (const [what, found] of Object.entries({ settings: settings.length, words })) {
    const most = MAXIMA[what as keyof typeof MAXIMA];
    if (found <= most) continue;
    const [{ place }] = settings.slice(-1) as [Setting];
    throw new UserErrors([`cannot read the settings: found ${found} ${what}, expected ${most} at most (${place})`]);
  }
}

function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}

/** Some directives have a largest number of assignments. */
function tryMerge(fold: Fold, directive: Directive, values: readonly unknown[]): unknown {
  try {
    return mergeAll(directive, values);
  } catch (error) {
    if (!(error instanceof InvalidValueError)) throw error;
    fold.problems.push(`cannot read ${directive.name}=: ${describe(directive, error)}`);
    return values.at(-1);
  }
}

/** Merges neighbours in rounds, as merging one after the other copies the earlier values each time; merges are associative. */
function mergeAll({ value: { merge } }: Directive, values: readonly unknown[]): unknown {
  let round = values;
  while (merge !== undefined && round.length > 1) {
    round = round.flatMap((one, index, all) => {
      if (index % 2 === 1) return [];
      return [index + 1 < all.length ? merge(one, all[index + 1]) : one];
    });
  }
  return round.at(-1);
}

function readSetting(fold: Fold, setting: Setting): void {
  const directive = fold.vocabulary.directives.get(setting.name);
  if (directive === undefined) refuseUnknown(fold, setting);
  else if (directive.expandsTo !== undefined) readEach(fold, setting, directive.expandsTo);
  else if (setting.value === "" && !directive.value.acceptsEmpty) reset(fold, directive);
  else readValue(fold, setting, directive);
}

function readEach(fold: Fold, setting: Setting, names: readonly string[]): void {
  for (const name of names) readSetting(fold, { ...setting, name });
}

/** The version whose vocabulary the directives cover. */
const NEWEST_SYSTEMD = 262;

/** Names that begin with X- are for other programs to read. */
function refuseUnknown(fold: Fold, setting: Setting): void {
  if (setting.lenient && setting.name.startsWith("X-")) return;
  report(
    fold,
    setting,
    `unknown to systemd ${NEWEST_SYSTEMD}${didYouMean(setting.name, fold.vocabulary.directives.keys())}`,
  );
}

function reset(fold: Fold, directive: Directive): void {
  fold.values.delete(directive);
  for (const name of directive.resets ?? []) fold.values.delete(fold.vocabulary.directives.get(name)!);
}

function readValue(fold: Fold, setting: Setting, directive: Directive): void {
  try {
    const value = directive.value.parse(setting.value, makeReading(fold, setting, directive));
    keep(fold, setting, directive, value);
  } catch (error) {
    if (!(error instanceof InvalidValueError)) throw error;
    report(
      fold,
      error instanceof FatalValueError ? { ...setting, lenient: false } : setting,
      describe(directive, error),
    );
  }
}

function keep(fold: Fold, setting: Setting, directive: Directive, value: unknown): void {
  // "no" requests nothing, so it is not refused.
  if (directive.support === "refused" && value !== false) {
    fold.problems.push(`cannot honour ${setting.name}=: ${directive.deviation} (${setting.place})`);
    return;
  }
  const reason = directive.support === "ignored" ? directive.deviation : reasonOf(directive, fold.vocabulary);
  if (reason !== undefined) fold.warnings.push(`ignoring ${setting.name}=: ${reason} (${setting.place})`);
  const earlier = directive.value.merge === undefined ? [] : (fold.values.get(directive) ?? []);
  earlier.push(value);
  fold.values.set(directive, earlier);
}

function reasonOf({ runOnly }: Directive, { isRun }: Vocabulary): string | undefined {
  return isRun === true ? undefined : runOnly;
}

function describe({ secret }: Directive, { found, expected }: Pick<InvalidValueError, "found" | "expected">): string {
  return `found ${secret === true ? "a value that is not shown" : quote(found)}, expected ${expected}`;
}

function makeReading(fold: Fold, setting: Setting, directive: Directive): ParseContext {
  return {
    expand: (text) => expandSpecifiers(text, fold.vocabulary.specifiers),
    complain: (found, expected) => report(fold, setting, describe(directive, { found, expected })),
  };
}

function report(fold: Fold, setting: Setting, text: string): void {
  const [list, verb] = setting.lenient ? [fold.warnings, "ignoring"] : [fold.problems, "cannot read"];
  list.push(`${verb} ${setting.name}=: ${text} (${setting.place})`);
}
