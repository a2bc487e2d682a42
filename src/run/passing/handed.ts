import { UserError } from "../../errors.ts";
import { readStatusAt } from "../../sys/files/status.ts";

/** An open descriptor with the name by which a service finds it, see sd_listen_fds_with_names(3). */
export interface NamedDescriptor {
  readonly descriptor: number;
  readonly name: string;
}

const FIRST = 3;

/**
 * The descriptors that socket activation handed to this process; none that were meant for another one (sd_listen_fds(3)).
 * @throws UserError for one that is not open
 */
export function handedDescriptors(environment: Readonly<Record<string, string>>): readonly NamedDescriptor[] {
  const { LISTEN_PID, LISTEN_FDS = "", LISTEN_FDNAMES = "" } = environment;
  if (LISTEN_PID !== String(process.pid) || !/^\d{1,4}$/.test(LISTEN_FDS)) return [];
  const names = LISTEN_FDNAMES.split(":");
  return Array.from({ length: Number(LISTEN_FDS) }, (_, index) => ({
    descriptor: checkOpen(FIRST + index),
    name: names[index] || "unknown",
  }));
}

function checkOpen(descriptor: number): number {
  try {
    readStatusAt(descriptor);
    return descriptor;
  } catch {
    throw new UserError(`cannot pass descriptor ${descriptor}: it is not open, expected LISTEN_FDS= of them`);
  }
}
