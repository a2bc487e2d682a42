import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { DIST } from "./dynuser.ts";
import { ROOTS, startTestHost, type TestHost } from "./testHost.ts";

/** Releases of Debian that have a root tree with engines of their own, made by tools/roots.sh. */
export const SUITES = ["bookworm", "trixie", "sid"] as const;
export type Suite = (typeof SUITES)[number];

const CHECKOUT = join(import.meta.dirname, "../../..");

/** Of the host, at the same paths and read-only: the checkout, its modules, what was built, the trees to compare with. */
const SHARED = [CHECKOUT, realpathSync(join(CHECKOUT, "node_modules")), DIST, dirname(ROOTS)];

/**
 * $1 is a directory of the host that is there at the same path, $2 the tree; what follows is shared. /usr is the tree's,
 * read-only, and the rest is a copy: an overlay would be one too many below those that tests and engines mount. Where the
 * host has control groups of both versions, those of version 1 are there, as podman takes no mix.
 */
const SET_UP = `
set -e
directory=$1 tree=$2 root=$1/root
shift 2
mkdir "$root"
mount -t tmpfs -o mode=755 tmpfs "$root"
for entry in "$tree"/*; do
  name=\${entry##*/}
  case $name in
    usr | dev | sys | proc | run | tmp) mkdir "$root/$name" ;;
    *) cp -a "$entry" "$root" ;;
  esac
done
mount -o bind,ro "$tree/usr" "$root/usr"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t sysfs sysfs "$root/sys"
is() { [ "$(stat -f -c %T "$1")" = "$2" ]; }
if is /sys/fs/cgroup cgroup2fs; then
  mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
else
  mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
  for hierarchy in /sys/fs/cgroup/*; do
    is "$hierarchy" cgroupfs || continue
    mkdir "$root$hierarchy"
    mount --bind "$hierarchy" "$root$hierarchy"
  done
fi
for place in run var/lib var/cache var/log; do mount -t tmpfs -o mode=755 tmpfs "$root/$place"; done
for place in tmp dev/shm; do mount -t tmpfs -o mode=1777 tmpfs "$root/$place"; done
for place; do mkdir -p "$root$place"; mount -o bind,ro "$place" "$root$place"; done
mkdir "$root$directory" "$root/old"
mount --bind "$directory" "$root$directory"
cd "$root"
pivot_root . old
umount -l /old
rmdir /old
mkdir -p /run/lock /var/lib/containers /var/lib/cni
ip link set lo up
trap 'exit 0' TERM
echo ready
sleep infinity & wait # for all that is left to the first process too`;

/** As `openTestHost`, but with the programs of a release of Debian; the kept tree never changes. */
export async function openRoot(suite: Suite): Promise<TestHost> {
  return startTestHost(SET_UP, [treeOf(suite), ...SHARED]);
}

export function treeOf(suite: Suite): string {
  const tree = join(ROOTS, suite);
  if (!existsSync(tree)) throw new Error(`no ${tree}: make it with tools/roots.sh ${suite}`);
  return tree;
}
