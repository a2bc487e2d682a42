import { localArchitectures } from "../../../src/values/architecture.ts";
import { callNumber } from "./libseccomp.ts";

/**
 * Makes system calls in child processes and prints what became of each. Perl, because every Debian has it: a
 * number is passed as it is, a text by its address.
 */
const PROBE = `
use strict; $| = 1;
for my $line (@ARGV) {
  my ($name, @words) = split / /, $line;
  my @args = map { /^-?[0-9]+$/ ? 0 + $_ : $_ } @words;
  pipe(my $from, my $to);
  my $child = fork();
  if ($child == 0) {
    my $result = syscall($args[0], @args[1..$#args]);
    my $text = $result == -1 ? "errno " . ($!+0) : "done";
    syswrite($to, $text);
    exit(0);
  }
  close($to);
  my $text = ""; sysread($from, $text, 100); close($from);
  waitpid($child, 0);
  $text = "signal " . ($? & 127) if $? & 127;
  print "$name @words[1..$#words]: $text\\n";
}`;

/** Calls that the kernel refuses by their arguments, or that only change the child, so that all can be tried as root. */
const CALLS: readonly (readonly [string, ...(number | string)[]])[] = [
  ["unshare", 0x04000000],
  ["unshare", 0x10000000],
  ["unshare", 0x40000000],
  ["unshare", 0x00020000],
  ["unshare", 0],
  ["setns", -1, 0],
  ["setns", -1, 0x04000000],
  ["setns", -1, 0x10000000],
  ["clone3", 0, 0],
  ["socket", 1, 1, 0],
  ["socket", 2, 1, 0],
  ["socket", 10, 2, 0],
  ["socket", 16, 3, 0],
  ["socket", 16, 3, 9],
  ["socket", 17, 3, 0],
  ["socket", 38, 5, 0],
  ["socket", 255, 1, 0],
  ["personality", 0],
  ["personality", 8],
  ["personality", 0xffffffff],
  ["personality", 0x0020000],
  ["sched_setscheduler", 0, 0, 0],
  ["sched_setscheduler", 0, 1, 0],
  ["sched_setscheduler", 0, 3, 0],
  ["sched_setscheduler", 0, 6, 0],
  ["mmap", 0, 4096, 7, 0x22, -1, 0],
  ["mmap", 0, 4096, 5, 0x22, -1, 0],
  ["mmap", 0, 4096, 3, 0x22, -1, 0],
  ["mprotect", 0, 0, 4],
  ["mprotect", 0, 0, 3],
  ["pkey_mprotect", 0, 0, 4, -1],
  ["shmat", -1, 0, 0x8000],
  ["shmat", -1, 0, 0],
  ["chmod", "/nowhere", 0o4755],
  ["chmod", "/nowhere", 0o755],
  ["fchmod", -1, 0o2755],
  ["fchmodat", -1, "nowhere", 0o4755],
  ["mkdirat", -1, "nowhere", 0o2755],
  ["mknodat", -1, "nowhere", 0o4644, 0],
  ["openat", -1, "nowhere", 0o101, 0o4755],
  ["openat", -1, "nowhere", 0o101, 0o755],
  ["openat", -1, "nowhere", 0o1, 0o4755],
  ["openat2", -1, 0, 0, 0],
  ["clock_settime", -1, 0],
  ["settimeofday", 1, 1],
  ["adjtimex", 0],
  ["sethostname", 0, -1],
  ["setdomainname", 0, -1],
  ["delete_module", "nowhere", 0o4000],
  ["finit_module", -1, 0, 0],
  ["syslog", 99, 0, 0],
  ["iopl", 9],
  ["ioperm", 0, 0, 1],
  ["swapon", "/nowhere", 0],
  ["swapoff", "/nowhere"],
  ["uname", 0],
  ["keyctl", 9999],
  ["ptrace", 9999, 0, 0, 0],
  ["kexec_load", 0, 0, 0, 0],
  ["acct", "/nowhere"],
  ["setpriority", 9, 0, 0],
  ["mount", 0, "/nowhere", 0, 0, 0],
  ["getppid"],
];

/** A number that no kernel has. */
const BEYOND = 9999;

/** Prints one line for each call. */
export function probeCommand(): readonly string[] {
  const { native } = localArchitectures();
  const lines = CALLS.map(([name, ...args]) => [name, callNumber(name, native), ...args].join(" "));
  return ["/usr/bin/perl", "-e", PROBE, ...lines, `beyond ${BEYOND}`];
}

/** `socket 1 1 0` → `errno 97`, `signal 31` or `done` */
export function readProbe(output: string): ReadonlyMap<string, string> {
  return new Map(
    output
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split(": ") as [string, string]),
  );
}
