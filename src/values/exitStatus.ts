import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";
import { readItems } from "./path.ts";
import { readSignal } from "./signal.ts";
import { readWords } from "./words.ts";

/** Exits that count as success. */
export interface ExitStatuses {
  readonly codes: readonly number[];
  /** Numbers of signals. */
  readonly signals: readonly number[];
}

/** Names of exit statuses and their numbers (systemd.exec(5), "Process Exit Codes"; sysexits.h). */
const NAMES: Readonly<Record<string, number>> = {
  ...numbered(0, "SUCCESS FAILURE INVALIDARGUMENT NOTIMPLEMENTED NOPERMISSION NOTINSTALLED NOTCONFIGURED NOTRUNNING"),
  ...numbered(64, "USAGE DATAERR NOINPUT NOUSER NOHOST UNAVAILABLE SOFTWARE OSERR OSFILE CANTCREAT IOERR TEMPFAIL"),
  ...numbered(76, "PROTOCOL NOPERM CONFIG"),
  ...numbered(200, "CHDIR NICE FDS EXEC MEMORY LIMITS OOM_ADJUST SIGNAL_MASK STDIN STDOUT CHROOT IOPRIO TIMERSLACK"),
  ...numbered(213, "SECUREBITS SETSCHEDULER CPUAFFINITY GROUP USER CAPABILITIES CGROUP SETSID CONFIRM STDERR"),
  ...numbered(224, "PAM NETWORK NAMESPACE NO_NEW_PRIVILEGES SECCOMP SELINUX_CONTEXT PERSONALITY APPARMOR_PROFILE"),
  ...numbered(232, "ADDRESS_FAMILIES RUNTIME_DIRECTORY"),
  ...numbered(235, "CHOWN SMACK_PROCESS_LABEL KEYRING STATE_DIRECTORY CACHE_DIRECTORY LOGS_DIRECTORY"),
  ...numbered(241, "CONFIGURATION_DIRECTORY NUMA_POLICY CREDENTIALS"),
  BPF: 245,
  ...numbered(255, "EXCEPTION"),
};

/** Numbers, names of exit statuses and of signals; later assignments append. */
export const exitStatuses: Value<ExitStatuses> = {
  syntax: "STATUS | SIGNAL …",
  parse: (text, reading) => {
    const ends = readItems(readWords(text, reading, {}), reading, parseEnd);
    return {
      codes: ends.flatMap((end) => ("code" in end ? [end.code] : [])),
      signals: ends.flatMap((end) => ("signal" in end ? [end.signal] : [])),
    };
  },
  merge: (earlier, later) => ({
    codes: [...earlier.codes, ...later.codes],
    signals: [...earlier.signals, ...later.signals],
  }),
};

function parseEnd(word: string): { readonly code: number } | { readonly signal: number } {
  const code = /^\d{1,3}$/.test(word) ? Number(word) : NAMES[word];
  if (code !== undefined && code <= 255) return { code };
  const signal = /^\d/.test(word) ? undefined : readSignal(word);
  if (signal === undefined) throw new InvalidValueError(word, "an exit status from 0 to 255, its name, or a signal");
  return { signal };
}

function numbered(first: number, names: string): Readonly<Record<string, number>> {
  return Object.fromEntries(names.split(" ").map((name, index) => [name, first + index]));
}
