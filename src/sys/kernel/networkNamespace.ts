import { using } from "../files/directory.ts";
import { O_RDONLY, openFile } from "../files/files.ts";
import { cString, systemCall } from "./libc.ts";
import { setns } from "./mountCalls.ts";

const CLONE_NEWNET = 0x40000000;

/** Acts in the network namespace of process `pid`, and returns to this thread's own. */
export function inNetworkNamespace<T>(pid: number, act: () => T): T {
  return using(openFile("/proc/thread-self/ns/net", O_RDONLY), (own) =>
    using(openFile(`/proc/${pid}/ns/net`, O_RDONLY), (other) => {
      setns(other, CLONE_NEWNET);
      try {
        return act();
      } finally {
        setns(own, CLONE_NEWNET);
      }
    }),
  );
}

/** The number of a network interface, by its name or another name of it; undefined where there is none. */
export function interfaceIndex(name: string): number | undefined {
  const [AF_UNIX, SOCK_DGRAM, SIOCGIFINDEX] = [1, 2, 0x8933];
  const IFNAMSIZ = 16;
  const bytes = cString(name);
  if (bytes.length > IFNAMSIZ) return undefined;
  const request = new Uint8Array(40);
  request.set(bytes);
  return using(systemCall("socket", AF_UNIX, SOCK_DGRAM), (socket) =>
    systemCall("ioctl", socket, SIOCGIFINDEX, request) < 0
      ? undefined
      : new DataView(request.buffer).getInt32(IFNAMSIZ, true),
  );
}
