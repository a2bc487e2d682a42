import { fileSystemOf } from "./status.ts";

/** File systems whose files other machines see too (statfs(2), linux/magic.h); behind FUSE there may be anything. */
const SHARED: ReadonlySet<number> = new Set([
  0x6969, // NFS
  0xff534d42, // CIFS
  0xfe534d42, // SMB2
  0x517b, // SMB
  0x00c36400, // Ceph
  0x5346414f, // AFS
  0x73757245, // Coda
  0x01021997, // 9p
  0x7461636f, // OCFS2
  0x01161970, // GFS2
  0x0bd00bd0, // Lustre
  0x47504653, // GPFS
  0x19830326, // BeeGFS
  0x65735546, // FUSE
]);

export function isNetworkFileSystem(path: string): boolean {
  return SHARED.has(fileSystemOf(path));
}
