/** How many operands a usage such as `UID`, `[NAME|PATH…]` or `UNIT` allows. */
function operandRange(usage: string): { readonly min: number; readonly max: number } {
  const words = usage.split(" ").filter(Boolean);
  const min = words.filter((word) => !word.startsWith("[")).length;
  return { min, max: usage.includes("…") ? Number.POSITIVE_INFINITY : words.length };
}

/** One line for operands that are missing or too many. */
export function checkOperands(usage: string, operands: readonly string[]): readonly string[] {
  const { min, max } = operandRange(usage);
  if (!usage.includes("COMMAND") && operands.includes(""))
    return [`cannot read an operand: found "", expected ${usage || "none"}`];
  if (operands.length < min) return [`missing operand: expected ${usage}`];
  return operands.slice(max).map((word) => `unexpected operand ${JSON.stringify(word)}`);
}
