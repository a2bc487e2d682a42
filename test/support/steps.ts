/** Methods that call back once for each element they look at. */
const CALLING = [
  "every",
  "filter",
  "find",
  "findIndex",
  "findLast",
  "findLastIndex",
  "flatMap",
  "map",
  "some",
] as const;
/** Methods that may look at or copy all elements. */
const WHOLE = ["concat", "includes", "indexOf", "join", "slice", "splice", "toSpliced", "toSorted"] as const;

type Method = (this: unknown[], ...args: unknown[]) => unknown;
type Methods = Record<string, Method>;

/**
 * How much work has to do with elements of arrays and with encoding of texts: calls of callbacks, elements looked at or
 * copied, characters encoded. Unlike time it is the same on every machine.
 */
export function countSteps(work: () => void): number {
  let steps = 0;
  const array = Array.prototype as unknown as Methods;
  const [kept, from] = [new Map<string, Method>(), Buffer.from];
  for (const name of [...CALLING, ...WHOLE]) kept.set(name, array[name]!);
  for (const name of CALLING) {
    const own = kept.get(name)!;
    array[name] = function (callback, ...rest) {
      const counting = (...args: unknown[]) => {
        steps += 1;
        return Reflect.apply(callback as Method, rest[0] as unknown[], args);
      };
      return Reflect.apply(own, this, [counting, ...rest]);
    };
  }
  for (const name of WHOLE) {
    const own = kept.get(name)!;
    array[name] = function (...args) {
      steps += this.length;
      return Reflect.apply(own, this, args);
    };
  }
  Buffer.from = ((...args: Parameters<typeof from>) => {
    if (typeof args[0] === "string") steps += (args[0] as string).length;
    return Reflect.apply(from, Buffer, args);
  }) as typeof from;
  try {
    work();
  } finally {
    for (const [name, own] of kept) array[name] = own;
    Buffer.from = from;
  }
  return steps;
}
