import { join } from "node:path";
import type { TestHost } from "./testHost.ts";

const ROOT = join(import.meta.dirname, "../../..");

/** dynuser where a package puts it, in this test host alone. */
export function install({ sh }: TestHost): void {
  const { status, stderr } = sh(`set -e
    mount -t tmpfs tmpfs /mnt
    mkdir /mnt/upper /mnt/work
    mount -t overlay overlay -o lowerdir=/usr,upperdir=/mnt/upper,workdir=/mnt/work /usr
    touch /usr/bin/dynuser
    mount --bind ${ROOT}/dist/dynuser /usr/bin/dynuser
    mkdir -p /usr/libexec/dynuser /usr/share/dynuser
    cp ${ROOT}/libexec/dynuser /usr/libexec/dynuser/crun
    for name in runc call; do ln -s crun /usr/libexec/dynuser/$name; done
    cp -r ${ROOT}/hooks /usr/share/dynuser/hooks.d`);
  if (status !== 0) throw new Error(`cannot install dynuser: ${stderr}`);
}
