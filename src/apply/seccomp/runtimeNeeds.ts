import type { RuntimeFacts } from "../../model/facts.ts";

type Family = "crun" | "runc";

/**
 * What a low-level runtime calls between loading the filter and executing the program; without these no container
 * starts. Observed on crun 1.8.1 and 1.28, runc 1.1.5 and 1.3.6, by leaving out one call at a time
 * (test/integration/run/runtimeCalls.test.ts). Not clone3, openat2 and others that a runtime does without
 * when it gets ENOSYS: RestrictNamespaces= and RestrictSUIDSGID= rely on that.
 */
const AFTER_LOADING = {
  crun: ["close", "close_range", "execve"],
  runc: [
    ..."clone close dup epoll_ctl epoll_pwait execve exit_group fcntl fstat fstatfs futex getdents64".split(" "),
    ..."getpid gettid madvise mmap munmap nanosleep newfstatat openat read readlinkat rt_sigaction".split(" "),
    ..."rt_sigprocmask rt_sigreturn sched_yield sigaltstack statx tgkill write".split(" "),
  ],
} satisfies Record<Family, readonly string[]>;

/** Without no_new_privs the filter comes earlier, while the process still has the right to load it. */
const WITH_PRIVILEGES = {
  crun: "capset prctl pselect6 read rt_sigaction rt_sigprocmask setgroups setresgid setresuid write".split(" "),
  runc: "capget capset chdir faccessat2 fchown getcwd getppid prctl setgid setgroups setuid".split(" "),
} satisfies Record<Family, readonly string[]>;

/** The calls that stay allowed because the container could not start otherwise. */
export function callsNeededBy(runtime: Pick<RuntimeFacts, "name">, noNewPrivileges: boolean): readonly string[] {
  const family = runtime.name === "crun" ? "crun" : "runc";
  return noNewPrivileges ? AFTER_LOADING[family] : [...AFTER_LOADING[family], ...WITH_PRIVILEGES[family]];
}

/** Newer calls that a runtime makes between the two, and does without where the kernel has them not (runc 1.3.6). */
const REPLACEABLE = { crun: [], runc: ["close_range", "openat2"] } as const satisfies Record<Family, readonly string[]>;

/** The calls that fail with ENOSYS where a filter forbids them: it would end the runtime before the program. */
export function callsReplacedBy({ name }: Pick<RuntimeFacts, "name">): readonly string[] {
  return REPLACEABLE[name === "crun" ? "crun" : "runc"];
}
