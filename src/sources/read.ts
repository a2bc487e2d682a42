import type { Directive, Reading } from "../directive.ts";
import { BadValue, FatalValue, quote, UserErrors } from "../errors.ts";
import { makeService, type Service } from "../service.ts";
import { expandSpecifiers, type Specifiers } from "../values/specifiers.ts";
import type { Setting } from "./setting.ts";
import { nearest } from "./suggestion.ts";

/** What settings mean: the directives by every name they have, and the specifiers of this service. */
export interface Vocabulary {
  readonly directives: ReadonlyMap<string, Directive>;
  readonly specifiers: Specifiers;
  /** `dynuser run` is there from the start to the end; for an engine's container nobody is. */
  readonly isRun?: boolean;
}

export interface ReadService {
  readonly service: Service;
  /** One line each: what was ignored, why, and where. */
  readonly warnings: readonly string[];
}

interface Fold {
  readonly vocabulary: Vocabulary;
  readonly values: Map<Directive, unknown>;
  readonly problems: string[];
  readonly warnings: string[];
}

/**
 * Settings in their order → a service: later ones replace or extend earlier ones, empty ones reset.
 * @throws UserErrors with all that is wrong
 */
export function readService(settings: readonly Setting[], vocabulary: Vocabulary): ReadService {
  const fold: Fold = { vocabulary, values: new Map(), problems: [], warnings: [] };
  for (const setting of settings) readSetting(fold, setting);
  const service = makeService(fold.values);
  for (const [directive, value] of service.entries()) fold.problems.push(...(directive.check?.(value, service) ?? []));
  if (fold.problems.length > 0) throw new UserErrors(fold.problems);
  return { service, warnings: fold.warnings };
}

function readSetting(fold: Fold, setting: Setting): void {
  const directive = fold.vocabulary.directives.get(setting.name);
  if (directive === undefined) refuseUnknown(fold, setting);
  else if (directive.standsFor !== undefined) readEach(fold, setting, directive.standsFor);
  else if (setting.value === "" && !directive.value.acceptsEmpty) reset(fold, directive);
  else readValue(fold, setting, directive);
}

function readEach(fold: Fold, setting: Setting, names: readonly string[]): void {
  for (const name of names) readSetting(fold, { ...setting, name });
}

/** Names that begin with X- are for other programs to read. */
function refuseUnknown(fold: Fold, setting: Setting): void {
  if (setting.lenient && setting.name.startsWith("X-")) return;
  const near = nearest(setting.name, fold.vocabulary.directives.keys());
  const hint = near === undefined ? "" : `, did you mean ${near}?`;
  report(fold, setting, `found no such directive${hint}`);
}

function reset(fold: Fold, directive: Directive): void {
  fold.values.delete(directive);
  for (const name of directive.resets ?? []) fold.values.delete(fold.vocabulary.directives.get(name)!);
}

function readValue(fold: Fold, setting: Setting, directive: Directive): void {
  try {
    const value = directive.value.parse(setting.value, makeReading(fold, setting));
    keep(fold, setting, directive, value);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    report(fold, error instanceof FatalValue ? { ...setting, lenient: false } : setting, error.message);
  }
}

function keep(fold: Fold, setting: Setting, directive: Directive, value: unknown): void {
  // "no" asks for nothing, so nothing has to be refused.
  if (directive.support === "refused" && value !== false) {
    fold.problems.push(`cannot honour ${setting.name}=: ${directive.deviation} (${setting.place})`);
    return;
  }
  const reason = directive.support === "ignored" ? directive.deviation : reasonOf(directive, fold.vocabulary);
  if (reason !== undefined) fold.warnings.push(`ignoring ${setting.name}=: ${reason} (${setting.place})`);
  const { merge } = directive.value;
  const earlier = fold.values.get(directive);
  const isMerged = merge !== undefined && fold.values.has(directive);
  fold.values.set(directive, isMerged ? merge(earlier, value) : value);
}

function reasonOf({ onlyRun }: Directive, { isRun }: Vocabulary): string | undefined {
  return isRun === true ? undefined : onlyRun;
}

function makeReading(fold: Fold, setting: Setting): Reading {
  return {
    expand: (text) => expandSpecifiers(text, fold.vocabulary.specifiers),
    complain: (found, expected) => report(fold, setting, `found ${quote(found)}, expected ${expected}`),
  };
}

function report(fold: Fold, setting: Setting, text: string): void {
  const [list, verb] = setting.lenient ? [fold.warnings, "ignoring"] : [fold.problems, "cannot read"];
  list.push(`${verb} ${setting.name}=: ${text} (${setting.place})`);
}
