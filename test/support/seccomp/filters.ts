import { DIRECTIVES } from "../../../src/directives/index.gen.ts";
import {
  type Filter,
  type FilterAction,
  type FilterRule,
  type FilterRules,
  forbid,
} from "../../../src/model/filter.ts";

/** A filter at the place of a directive's own, whatever its rules. */
export function filterOf(name: string, rules: FilterRules): Filter {
  return { name, order: DIRECTIVES.get(name)!.filter!.order, ...rules };
}

/** A filter at the place of a directive's own that denies what its rules match. */
export function denying(name: string, action: FilterAction, rules: readonly Omit<FilterRule, "action">[]): Filter {
  return filterOf(name, forbid(action, rules));
}
