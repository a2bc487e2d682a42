/** Why the host gives a user without root no user namespace, and the remedy. */
export interface Forbidden {
  /** `user.max_user_namespaces=0` */
  readonly found: string;
  readonly remedy: string;
}

interface Switch extends Forbidden {
  readonly path: string;
  /** It may be closed and allow user namespaces all the same. */
  readonly isGuess?: true;
  isClosed(text: string): boolean;
}

/** Read by `dynuser run` after a failure, and by `dynuser doctor` before. */
export const SWITCHES: readonly Switch[] = [
  {
    path: "/proc/sys/user/max_user_namespaces",
    isClosed: (text) => text === "0",
    found: "user.max_user_namespaces=0",
    remedy: "sudo sysctl -w user.max_user_namespaces=15000",
  },
  {
    path: "/proc/sys/kernel/unprivileged_userns_clone",
    isClosed: (text) => text === "0",
    found: "kernel.unprivileged_userns_clone=0",
    remedy: "sudo sysctl -w kernel.unprivileged_userns_clone=1",
  },
  {
    path: "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
    isClosed: (text) => text === "1",
    found: "kernel.apparmor_restrict_unprivileged_userns=1",
    remedy:
      "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile for the program with `userns,`",
  },
  {
    path: "/proc/self/status",
    isGuess: true,
    isClosed: (text) => /^Seccomp:\t2$/m.test(text),
    found: "a system call filter like Docker's",
    remedy: "docker run --security-opt seccomp=unconfined, or with podman",
  },
];

/** The first switch that is closed; `read` is undefined for a missing file. */
export function whyForbidden(read: (path: string) => string | undefined): Forbidden | undefined {
  return SWITCHES.find(({ path, isClosed }) => isClosed(read(path)?.trim() ?? ""));
}
