import { ptr } from "bun:ffi";
import { check, close, systemCall } from "../kernel/libc.ts";

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
const MSG_CMSG_CLOEXEC = 0x40000000;

/** Opens a socket at `path` for the runtime's --console-socket. */
export function listenAt(path: string): number {
  const socket = check(systemCall("socket", AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  const address = Buffer.alloc(110);
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(path, 2);
  check(systemCall("bind", socket, address, 2 + Buffer.byteLength(path) + 1), "bind", path);
  check(systemCall("listen", socket, 1), "listen", path);
  return socket;
}

/** Takes the connection and the one descriptor that is sent over it: the terminal's master side. */
export function receiveDescriptor(socket: number): number {
  const connection = check(systemCall("accept4", socket, 0, 0, SOCK_CLOEXEC), "accept");
  try {
    // struct cmsghdr { size_t len; int level, type; } and one int, on 64-bit Linux
    const control = Buffer.alloc(24);
    check(systemCall("recvmsg", connection, messageInto(Buffer.alloc(256), control), MSG_CMSG_CLOEXEC), "recvmsg");
    return control.readInt32LE(16);
  } finally {
    close(connection);
    close(socket);
  }
}

/** struct msghdr { void *name; socklen_t namelen; struct iovec *iov; size_t iovlen; void *control; size_t controllen; … } */
function messageInto(content: Buffer, control: Buffer): BigUint64Array {
  const vector = new BigUint64Array([BigInt(ptr(content)), BigInt(content.length)]);
  return new BigUint64Array([0n, 0n, BigInt(ptr(vector)), 1n, BigInt(ptr(control)), BigInt(control.length), 0n]);
}
