import { check, close, systemCall } from "../kernel/libc.ts";
import { hasCode } from "../kernel/system.ts";

const AF_UNIX = 1;
const SOCK_CLOEXEC = 0o2000000;
/** SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET: which one a listening socket is, shows nowhere. */
const TYPES = [1, 2, 5] as const;
const SHUT_WR = 1;

/** A socket that is connected to the one at `path`, of whatever type that is. */
export function connectTo(path: string, isReadOnly: boolean): number {
  const socket = tryTypes(path, TYPES);
  if (isReadOnly) check(systemCall("shutdown", socket, SHUT_WR), "shutdown", path);
  return socket;
}

function tryTypes(path: string, [type, ...others]: readonly number[]): number {
  const socket = check(systemCall("socket", AF_UNIX, type! | SOCK_CLOEXEC, 0), "socket");
  try {
    const address = Buffer.alloc(110);
    address.writeUInt16LE(AF_UNIX, 0);
    address.write(path, 2);
    check(systemCall("connect", socket, address, 2 + Buffer.byteLength(path) + 1), "connect", path);
    return socket;
  } catch (error) {
    close(socket);
    if (others.length === 0 || !hasCode(error, "EPROTOTYPE")) throw error;
    return tryTypes(path, others);
  }
}
