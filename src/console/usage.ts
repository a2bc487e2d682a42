import { UserErrors } from "../errors.ts";

/** A command line that a command cannot take; the usage is printed below the problems. */
export class UsageError extends UserErrors {
  /** One line, without a period. */
  readonly usage: string;

  constructor(problems: readonly string[], usage: string) {
    super(problems);
    this.usage = usage;
  }
}
