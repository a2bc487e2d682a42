/** Room on the file system of a path; see statfs(2). */
export interface Space {
  readonly bytes: number;
  readonly files: number;
}

/** @throws the error of statfs(2) */
export function freeSpace(path: string): Space {
  const { bavail, bsize, ffree } = process.getBuiltinModule("node:fs").statfsSync(path);
  return { bytes: bavail * bsize, files: ffree };
}
