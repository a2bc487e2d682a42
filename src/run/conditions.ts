import { quote } from "../errors.ts";
import type { Setting } from "../settings/setting.ts";
import { CONDITION_TESTS } from "./host/conditionTests.ts";

/** What the conditions of a unit say about its start (systemd.unit(5), "Conditions and Asserts"). */
export interface ConditionResult {
  /** `skip` for Condition…=, `fail` for Assert…=; undefined when the unit may start. */
  readonly verdict: "skip" | "fail" | undefined;
  /** The setting that is not met, `ConditionPathExists=/x (web.service:3)`. */
  readonly unmet?: string;
  /** One line for each setting that is ignored. */
  readonly unchecked: readonly string[];
}

interface Condition {
  readonly setting: Setting;
  /** `PathExists`. */
  readonly test: string;
  readonly parameter: string;
  /** `|`: one of those that are marked so must be met. */
  readonly isTrigger: boolean;
  readonly isNegated: boolean;
}

/** @param expand replaces specifiers */
export function checkConditions(unit: readonly Setting[], expand: (text: string) => string): ConditionResult {
  const conditions = readConditions("Condition", unit, expand);
  const asserts = readConditions("Assert", unit, expand);
  const unchecked = [...conditions, ...asserts].flatMap(formatIgnored);
  const failed = firstUnmet(asserts.filter(isValid));
  const skipped = firstUnmet(conditions.filter(isValid));
  if (skipped !== undefined) return { verdict: "skip", unmet: formatCondition(skipped), unchecked };
  if (failed !== undefined) return { verdict: "fail", unmet: formatCondition(failed), unchecked };
  return { verdict: undefined, unchecked };
}

/** An empty assignment resets all conditions of the list (src/core/load-fragment.c, config_parse_unit_condition_string). */
function readConditions(
  prefix: "Condition" | "Assert",
  unit: readonly Setting[],
  expand: (text: string) => string,
): readonly Condition[] {
  const settings = unit.filter(({ name }) => name.startsWith(prefix));
  const lastReset = settings.findLastIndex(({ value }) => value === "");
  return settings.slice(lastReset + 1).map((setting) => {
    const [, signs = "", text = ""] = /^([|!\s]*)(.*)$/s.exec(setting.value)!;
    const test = setting.name.slice(prefix.length);
    const parameter = expand(text);
    return { setting, test, parameter, isTrigger: signs.includes("|"), isNegated: signs.includes("!") };
  });
}

/** All plain ones must be met, and one of the triggers if there are any (src/shared/condition.c, condition_test_list). */
function firstUnmet(conditions: readonly Condition[]): Condition | undefined {
  const [triggers, plain] = [conditions.filter(isTrigger), conditions.filter((one) => !isTrigger(one))];
  const unmet = plain.find((condition) => !isMet(condition));
  return unmet ?? (triggers.some(isMet) ? undefined : triggers[0]);
}

function isTrigger(condition: Condition): boolean {
  return condition.isTrigger;
}

function isMet({ test, parameter, isNegated }: Condition): boolean {
  const known = CONDITION_TESTS[test];
  return known === undefined || known(parameter) !== isNegated;
}

function isKnown(test: string): boolean {
  return Object.hasOwn(CONDITION_TESTS, test);
}

function formatCondition({ setting: { name, value, place } }: Condition): string {
  return `${name}=${value} (${place})`;
}

/** systemd ignores a path that is not absolute (src/core/load-fragment.c, config_parse_unit_condition_path). */
function isValid({ test, parameter }: Condition): boolean {
  return parameter.startsWith("/") || !/^(?:Path|File|Directory)/.test(test);
}

function formatIgnored(condition: Condition): readonly string[] {
  const { setting, test, parameter } = condition;
  const ignoring = (reason: string) => [`ignoring ${setting.name}=: ${reason} (${setting.place})`];
  if (!isValid(condition)) return ignoring(`found ${quote(parameter)}, expected an absolute path`);
  return isKnown(test) ? [] : ignoring("it cannot be checked without a service manager");
}

/** Settings of [Unit] that name units without which the service must not run (systemd.unit(5)). */
const REQUIREMENTS: readonly string[] = ["Requires", "Requisite", "BindsTo"];
/** They stand for states of the host, which dynuser takes for reached. */
const REACHED = /\.(?:target|slice)$/;

/** One line for each unit that the service needs and dynuser does not start. */
export function findRequirements(unit: readonly Setting[]): readonly string[] {
  return REQUIREMENTS.flatMap((name) => {
    const settings = unit.filter((setting) => setting.name === name);
    const kept = settings.slice(settings.findLastIndex(({ value }) => value === "") + 1);
    return kept.flatMap(({ value, place }) =>
      value
        .split(/\s+/)
        .filter((other) => !REACHED.test(other))
        .map((other) => `ignoring ${name}=: found ${quote(other)}, which dynuser run does not start (${place})`),
    );
  });
}
