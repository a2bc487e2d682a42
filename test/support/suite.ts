import { type Callback, suite as makeSuite, type Test } from "../../node_modules/uvu";

/**
 * uvu for the tests, which import it as "uvu" (paths in tsconfig.json). When a hook around tests throws, uvu leaves out
 * the rest of the suite, forgets the error and exits with 0; a suite without `run()` is left out in silence. Here the
 * error is printed, the suite ends early only when its `before` failed, and a file that has not run every test that it
 * announced fails.
 */
export type { Test };

type Context = Record<string, unknown>;

let announced = 0;
const started: string[] = [];
let hooksFailed = 0;

export function suite<T = Context>(title?: string, context?: T): Test<T> {
  const made = makeSuite<T>(title, context);
  const announce = (name: string, use: Callback<T>): void => {
    announced++;
    made(name, (given) => {
      started.push(name);
      return use(given);
    });
  };
  return Object.assign(announce, {
    ...made,
    before: Object.assign(reporting("before", made.before, true), { each: made.before.each }),
    after: Object.assign(reporting("after", made.after, false), {
      each: reporting("after.each", made.after.each, false),
    }),
  });
}

export const test: Test<Context> = suite();

function reporting<T>(name: string, hook: (use: Callback<T>) => void, endsSuite: boolean): typeof hook {
  return (use) =>
    hook(async (context) => {
      try {
        await use(context);
      } catch (error) {
        hooksFailed++;
        const place = [context.__suite__, context.__test__].filter(Boolean).join(": ");
        console.error(`\n   FAIL  ${name} ${place}\n${describe(error)}`);
        if (endsSuite) throw error;
      }
    });
}

/** With the difference, where an assertion found one. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const details = "details" in error ? `\n${error.details}` : "";
  return `${error.stack}${details}`;
}

/** uvu sets the exit code at the end of its run, which comes first. The runner asks for the titles of what ran. */
process.on("exit", () => {
  const isEarly = started.length < announced;
  if (isEarly) console.error(`ended after ${started.length} of ${announced} tests`);
  if (isEarly || hooksFailed > 0) process.exitCode ||= 1;
  if (process.env["TEST_TITLES"] !== undefined) console.log(`ran: ${JSON.stringify(started)}`);
});
