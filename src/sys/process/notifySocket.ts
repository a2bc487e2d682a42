import { ptr } from "bun:ffi";
import { chmodat, tryUnlinkat } from "../kernel/fileCalls.ts";
import { AT_FDCWD, check, close, systemCall } from "../kernel/libc.ts";

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const O_NONBLOCK = 0o4000;
const O_ASYNC = 0o20000;
const F_SETFL = 4;
const F_SETOWN = 8;
const SOL_SOCKET = 1;
const SO_PASSCRED = 16;
/** sd_notify(3): a message is one datagram, cut off by systemd at this size (NOTIFY_BUFFER_MAX). */
const MESSAGE_BYTES = 4096;

export interface NotifySocket {
  close(): void;
}

/**
 * Receives the datagrams of sd_notify(3) at `path`, which any process may write to; `pid` is the sender's as the kernel
 * has it. SIGIO reports new ones. Descriptors that come along are closed at once, which is the answer that BARRIER=1
 * waits for.
 */
export function openNotifySocket(path: string, receive: (text: string, pid: number) => void): NotifySocket {
  const socket = check(systemCall("socket", AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | O_NONBLOCK, 0), "socket");
  const address = Buffer.alloc(110);
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(path, 2);
  check(systemCall("bind", socket, address, 2 + Buffer.byteLength(path) + 1), "bind", path);
  chmodat(AT_FDCWD, path, 0o777);
  check(systemCall("setsockopt", socket, SOL_SOCKET, SO_PASSCRED, new Int32Array([1]), 4), "setsockopt", path);
  const drain = () => {
    for (let message = receiveOne(socket); message !== undefined; message = receiveOne(socket)) {
      receive(message.text, message.pid);
    }
  };
  process.on("SIGIO", drain);
  check(systemCall("fcntl", socket, F_SETOWN, process.pid), "fcntl");
  check(systemCall("fcntl", socket, F_SETFL, O_NONBLOCK | O_ASYNC), "fcntl");
  drain();
  return {
    close: () => {
      process.off("SIGIO", drain);
      close(socket);
      tryUnlinkat(AT_FDCWD, path);
    },
  };
}

/** Room for the sender's struct ucred and for nothing else: descriptors that do not fit are closed by the kernel. */
const CONTROL_BYTES = 32;

function receiveOne(socket: number): { readonly text: string; readonly pid: number } | undefined {
  const content = Buffer.alloc(MESSAGE_BYTES);
  const control = Buffer.alloc(CONTROL_BYTES);
  const vector = new BigUint64Array([BigInt(ptr(content)), BigInt(content.length)]);
  const header = new BigUint64Array([
    0n,
    0n,
    BigInt(ptr(vector)),
    1n,
    BigInt(ptr(control)),
    BigInt(control.length),
    0n,
  ]);
  const length = systemCall("recvmsg", socket, header);
  if (length < 0) return undefined;
  // struct cmsghdr { size_t len; int level, type; } before struct ucred { pid_t pid; uid_t uid; gid_t gid; }
  return { text: content.toString("utf8", 0, length), pid: control.readInt32LE(16) };
}
