import type { Range } from "../../../src/identity/registry.ts";
import { SCRATCH_RANGE } from "./registry.ts";

/** Fewer UIDs than names: it is full at times, and UIDs go from name to name. */
export const range: Range = { first: SCRATCH_RANGE.first, last: SCRATCH_RANGE.first + 79 };
