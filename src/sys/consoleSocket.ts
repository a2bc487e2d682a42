import { dlopen, ptr } from "bun:ffi";
import { closeSync } from "node:fs";
import { check } from "./libc.ts";

type Call = (...args: readonly unknown[]) => number;

const { symbols } = dlopen("libc.so.6", {
  socket: { args: ["int", "int", "int"], returns: "int" },
  bind: { args: ["int", "ptr", "u32"], returns: "int" },
  listen: { args: ["int", "int"], returns: "int" },
  accept4: { args: ["int", "ptr", "ptr", "int"], returns: "int" },
  recvmsg: { args: ["int", "ptr", "int"], returns: "i64_fast" },
});
const libc = symbols as { readonly [K in keyof typeof symbols]: Call };

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
const MSG_CMSG_CLOEXEC = 0x40000000;

/** Opens a socket at `path` for the runtime's --console-socket. */
export function listenAt(path: string): number {
  const socket = check(libc.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  const address = Buffer.alloc(110);
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(path, 2);
  check(libc.bind(socket, address, 2 + Buffer.byteLength(path) + 1), "bind", path);
  check(libc.listen(socket, 1), "listen", path);
  return socket;
}

/** Takes the connection and the one descriptor that is sent over it: the terminal's master side. */
export function receiveDescriptor(socket: number): number {
  const connection = check(libc.accept4(socket, null, null, SOCK_CLOEXEC), "accept");
  try {
    // struct cmsghdr { size_t len; int level, type; } and one int, on 64-bit Linux
    const control = Buffer.alloc(24);
    check(libc.recvmsg(connection, messageInto(Buffer.alloc(256), control), MSG_CMSG_CLOEXEC), "recvmsg");
    return control.readInt32LE(16);
  } finally {
    closeSync(connection);
    closeSync(socket);
  }
}

/** struct msghdr { void *name; socklen_t namelen; struct iovec *iov; size_t iovlen; void *control; size_t controllen; … } */
function messageInto(content: Buffer, control: Buffer): BigUint64Array {
  const vector = new BigUint64Array([BigInt(ptr(content)), BigInt(content.length)]);
  return new BigUint64Array([0n, 0n, BigInt(ptr(vector)), 1n, BigInt(ptr(control)), BigInt(control.length), 0n]);
}
