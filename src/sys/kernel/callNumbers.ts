/*
 * The kernel's calls and flags by number, for the two architectures that dynuser is built for (asm/unistd_64.h,
 * asm-generic/unistd.h, asm/fcntl.h). Calls from 424 on have one number everywhere.
 */

const X64 = {
  read: 0,
  write: 1,
  close: 3,
  ioctl: 16,
  pwrite64: 18,
  shmctl: 31,
  socket: 41,
  connect: 42,
  recvmsg: 47,
  shutdown: 48,
  bind: 49,
  listen: 50,
  setsockopt: 54,
  getsockopt: 55,
  execve: 59,
  wait4: 61,
  semctl: 66,
  msgctl: 71,
  fcntl: 72,
  flock: 73,
  fsync: 74,
  fchdir: 81,
  fchmod: 91,
  fchown: 93,
  fstatfs: 138,
  setpriority: 141,
  sched_setscheduler: 144,
  prctl: 157,
  prlimit64: 302,
  setresuid: 117,
  keyctl: 250,
  chroot: 161,
  mount: 165,
  umount2: 166,
  setxattr: 188,
  getxattr: 191,
  removexattr: 197,
  sched_setaffinity: 203,
  clock_gettime: 228,
  getdents64: 217,
  sync_file_range: 277,
  ioprio_set: 251,
  openat: 257,
  mkdirat: 258,
  mknodat: 259,
  fchownat: 260,
  unlinkat: 263,
  renameat: 264,
  linkat: 265,
  symlinkat: 266,
  readlinkat: 267,
  fchmodat: 268,
  faccessat: 269,
  ppoll: 271,
  unshare: 272,
  utimensat: 280,
  accept4: 288,
  dup3: 292,
  pipe2: 293,
  setns: 308,
  bpf: 321,
  statx: 332,
} as const;

const ARM64: Readonly<Record<keyof typeof X64, number>> = {
  read: 63,
  write: 64,
  close: 57,
  fchdir: 50,
  chroot: 51,
  ioctl: 29,
  pwrite64: 68,
  shmctl: 195,
  socket: 198,
  connect: 203,
  recvmsg: 212,
  shutdown: 210,
  bind: 200,
  listen: 201,
  setsockopt: 208,
  getsockopt: 209,
  execve: 221,
  wait4: 260,
  semctl: 191,
  msgctl: 187,
  fcntl: 25,
  flock: 32,
  fsync: 82,
  fchmod: 52,
  fchown: 55,
  fstatfs: 44,
  setpriority: 140,
  sched_setscheduler: 119,
  prctl: 167,
  prlimit64: 261,
  setresuid: 147,
  keyctl: 219,
  mount: 40,
  umount2: 39,
  setxattr: 5,
  getxattr: 8,
  removexattr: 14,
  sched_setaffinity: 122,
  clock_gettime: 113,
  getdents64: 61,
  sync_file_range: 84,
  ioprio_set: 30,
  openat: 56,
  mkdirat: 34,
  mknodat: 33,
  fchownat: 54,
  unlinkat: 35,
  renameat: 38,
  linkat: 37,
  symlinkat: 36,
  readlinkat: 78,
  fchmodat: 53,
  faccessat: 48,
  ppoll: 73,
  unshare: 97,
  utimensat: 88,
  accept4: 242,
  dup3: 24,
  pipe2: 59,
  setns: 268,
  bpf: 280,
  statx: 291,
};

const EVERYWHERE = {
  open_tree: 428,
  move_mount: 429,
  pidfd_open: 434,
  openat2: 437,
  pidfd_getfd: 438,
  mount_setattr: 442,
} as const;

export const CALL_NUMBERS = { x64: { ...X64, ...EVERYWHERE }, arm64: { ...ARM64, ...EVERYWHERE } } as const;

const isArm = process.arch === "arm64";

export const CALLS = isArm ? CALL_NUMBERS.arm64 : CALL_NUMBERS.x64;

export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_NOCTTY = 0o400;
export const O_TRUNC = 0o1000;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
export const O_DIRECTORY = isArm ? 0o40000 : 0o200000;
export const O_NOFOLLOW = isArm ? 0o100000 : 0o400000;
export const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;
