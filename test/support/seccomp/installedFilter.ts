import { localArchitectures } from "../../../src/values/architecture.ts";
import type { TestHost } from "../hosts/testHost.ts";
import { callNumber } from "./libseccomp.ts";

/** The newest filter of a process, as the kernel has it. */
export interface InstalledFilter {
  /** The instructions in base64. */
  readonly program: string;
  /** SECCOMP_FILTER_FLAG_… that the kernel keeps: LOG. */
  readonly flags: number;
}

/** PTRACE_ATTACH, PTRACE_SECCOMP_GET_FILTER and PTRACE_SECCOMP_GET_METADATA of ptrace(2), by a Perl as every Debian has. */
const READ = `
use strict;
my ($ptrace, $pid) = map { 0 + $_ } @ARGV;
syscall($ptrace, 16, $pid, 0, 0) == 0 or die "attach: $!";
waitpid($pid, 0x40000000);
my ($program, $metadata) = ("\\0" x 32768, "\\0" x 16);
my $count = syscall($ptrace, 0x420c, $pid, 0, $program);
$count > 0 or die "filter: $!";
syscall($ptrace, 0x420d, $pid, 16, $metadata) > 0 or die "metadata: $!";
print unpack("H*", substr($program, 0, 8 * $count)), " ", (unpack "Q2", $metadata)[1];`;

export function readInstalledFilter({ run }: TestHost, pid: number): InstalledFilter {
  const ptrace = callNumber("ptrace", localArchitectures().native);
  const { stdout, stderr } = run(["perl", "-e", READ, String(ptrace), String(pid)]);
  const [program, flags] = stdout.split(" ");
  if (program === undefined || flags === undefined) throw new Error(`cannot read the filter of ${pid}: ${stderr}`);
  return { program: Buffer.from(program, "hex").toString("base64"), flags: Number(flags) };
}
