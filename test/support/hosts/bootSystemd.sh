#!/bin/sh
# Boots the systemd of the root tree $1, or of several layers of one as overlayfs takes them, as PID 1 of its own namespaces, over a throw-away overlay, with the directory $2
# (left out: an empty tmpfs) as /var/lib and the pseudoterminals of a container or, with $3, of a machine. Prints its process id as this host counts, and stops it when stdin ends, which
# it also does when whoever started this script is killed.
set -eu

tree=$1 state=${2-} devices=${3-container}
dir=$(mktemp -d /tmp/dynuser-reference.XXXXXX)
cgroup=${dir##*/}

# shellcheck disable=SC2016  # the scripts below are expanded inside
remove_cgroup='
  mount -t cgroup2 none /mnt
  tries=100
  while [ -d "/mnt/$0" ] && [ $((tries -= 1)) -gt 0 ]; do
    find "/mnt/$0" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.05
  done'

stop() {
  trap - EXIT
  # Its parent, unshare, ends with it.
  kill -KILL "${pid:-$outer}" 2>/dev/null || true
  wait "$outer" 2>/dev/null || true
  unshare -m --propagation private sh -c "$remove_cgroup" "$cgroup"
  rm -rf "$dir"
}
trap stop EXIT
trap : INT
trap 'exit 1' HUP TERM

mkfifo "$dir/pid"
unshare -m -p -f -u -i -n --kill-child --propagation private sh -euc '
  dir=$0 tree=$1 cgroup=$2 state=$3 devices=$4 root=$0/root   # descriptor 3 tells the process id
  mkdir "$dir/layers" "$root"
  mount -t tmpfs -o mode=755 tmpfs "$dir/layers"
  mkdir "$dir/layers/upper" "$dir/layers/work"
  mount -t overlay overlay -o "lowerdir=$tree,upperdir=$dir/layers/upper,workdir=$dir/layers/work" "$root"
  read -r pid rest </proc/self/stat      # the /proc of the host: the number that the host knows
  cd "$root"
  mount -t proc proc proc
  mount -t sysfs sysfs sys
  mount -t cgroup2 none sys/fs/cgroup
  mount -t tmpfs -o mode=755 tmpfs run
  mount -t tmpfs -o mode=755,nosuid tmpfs dev
  cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty dev/
  mkdir dev/pts dev/shm
  case $devices in
    container) mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts; ln -s pts/ptmx dev/ptmx ;;
    machine) mount -t devpts -o newinstance,ptmxmode=000 devpts dev/pts; mknod -m 666 dev/ptmx c 5 2 ;;
  esac
  mount -t tmpfs -o nosuid,nodev tmpfs dev/shm
  ln -s /proc/self/fd dev/fd
  # Files of an overlay cannot be shown with other owners (EINVAL), those of a tmpfs can.
  for directory in var/lib var/cache var/log; do mount -t tmpfs -o mode=755 tmpfs "$directory"; done
  [ -z "$state" ] || mount --bind "$state" var/lib
  mkdir "sys/fs/cgroup/$cgroup"
  echo $$ >"sys/fs/cgroup/$cgroup/cgroup.procs"
  mkdir old
  pivot_root . old
  exec unshare -C sh -euc "
    umount /sys/fs/cgroup
    mount -t cgroup2 none /sys/fs/cgroup
    umount -l /old
    rmdir /old
    mount --make-rshared / # as systemd does on a machine, but not in what it takes for a container
    echo $pid >&3
    exec 3>&-
    exec setpriv --inh-caps=-all env -i container=other PATH=/usr/sbin:/usr/bin /lib/systemd/systemd --system --unit=basic.target --log-target=null
  "
' "$dir" "$tree" "$cgroup" "$state" "$devices" </dev/null >"$dir/log" 2>&1 3>"$dir/pid" &
outer=$! pid=
read -r pid <"$dir/pid" || { cat "$dir/log" >&2; exit 1; }
echo "$pid"
cat >/dev/null
