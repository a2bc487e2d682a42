/** The exit status for a failure of dynuser itself, as of env(1), chroot(1) and podman(1). */
export const FAILED = 125;

/** A mistake of the user or a condition of the host, in one line; any other exception is a bug. */
export class UserError extends Error {
  override readonly name = "UserError";
}

/** Several mistakes found together; each is printed on its own line. */
export class UserErrors extends UserError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** The host cannot grant a setting, and systemd would start the service without it. */
export class NotGranted extends UserError {
  /** One line for a start that goes on without the setting. */
  get warning(): string {
    return this.message.replace(/^cannot honour/, "ignoring");
  }
}

/** Thrown by the parser of a value; the reader of the setting adds its name and place. */
export class InvalidValueError extends Error {
  override readonly name: string = "BadValue";
  readonly found: string;
  readonly expected: string;

  constructor(found: string, expected: string) {
    super(`found ${quote(found)}, expected ${expected}`);
    this.found = found;
    this.expected = expected;
  }
}

/** A value with which systemd would not start the service either: never ignored, not even in a unit file. */
export class FatalValueError extends InvalidValueError {
  override readonly name = "FatalValue";
}

/** `text` in double quotes with control bytes made visible, so that one error stays one line. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

/** The lines to print for anything that was thrown; `undefined` when it is a bug. */
export function problemsOf(error: unknown): readonly string[] | undefined {
  if (error instanceof UserErrors) return error.problems.map(oneLine);
  if (error instanceof UserError) return [oneLine(error.message)];
  return undefined;
}

/** As `problemsOf`; a bug is thrown on. */
export function problemsIn(error: unknown): readonly string[] {
  const problems = problemsOf(error);
  if (problems === undefined) throw error;
  return problems;
}

/** Makes control bytes visible, so that foreign text neither moves the cursor nor begins a line. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\0-\x1f\x7f-\x9f]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/**
 * The results of all attempts.
 * @throws UserErrors with the problems of every attempt that fails
 */
export function allOf<T>(attempts: readonly (() => T)[]): readonly T[] {
  const problems: string[] = [];
  const results = attempts.flatMap((attempt) => {
    try {
      return [attempt()];
    } catch (error) {
      problems.push(...problemsIn(error));
      return [];
    }
  });
  if (problems.length > 0) throw new UserErrors(problems);
  return results;
}
