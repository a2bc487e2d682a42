import { UserError } from "../errors.ts";

/** As long as a line of a unit may be (src/shared/conf-parser.c, config_parse): units and profiles are read at each start. */
const MOST_MIB = 1;

/** @throws UserError for a text longer than that */
export function refuseTooLong(text: string, fileName: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= MOST_MIB * 1024 * 1024) return;
  throw new UserError(`cannot read ${fileName}: found ${bytes} bytes, expected ${MOST_MIB} MiB at most`);
}
