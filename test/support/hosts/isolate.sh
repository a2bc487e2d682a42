#!/bin/sh
# Runs a command on a part of this machine of its own: isolate.sh DIRECTORY COMMAND…
# What tests make is in private namespaces, below private directories and below one cgroup of each hierarchy, so that
# what they leave can be told from what other programs do at the same time. DIRECTORY is the checkout, which stays
# visible wherever it lies. Ends all processes of the command with it.
set -eu

checkout=$1
shift
name=dynuser-test-$$

join_cgroups() {
  for hierarchy in $(hierarchies); do
    own=$hierarchy/$name
    mkdir "$own"
    for file in cpuset.cpus cpuset.mems; do
      [ ! -e "$own/$file" ] || cat "$hierarchy/$file" >"$own/$file"
    done
    [ ! -e "$own/cgroup.clone_children" ] || echo 1 >"$own/cgroup.clone_children"
    echo $$ >"$own/cgroup.procs"
  done
}

leave_cgroups() {
  for hierarchy in $(hierarchies); do
    echo $$ >"$hierarchy/cgroup.procs"
    find "$hierarchy/$name" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done
}

# Mount points of cgroup file systems, of both versions.
hierarchies() {
  sed -n 's,^[0-9]* [0-9]* [0-9:]* / \(/sys/fs/cgroup[^ ]*\) .* - cgroup2* .*,\1,p' /proc/self/mountinfo
}

# shellcheck disable=SC2016  # expanded inside
inside='
  set -eu
  checkout=$1
  shift
  exec 3<"$checkout" 4</var/cache
  for mounted in $(sed -n "s,^[0-9]* [0-9]* [0-9:]* [^ ]* \(/sys/fs/cgroup[^ ]*\) .* - \(cgroup2*\) [^ ]* \(.*\),\1:\2:\3,p" /proc/self/mountinfo); do
    point=${mounted%%:*} rest=${mounted#*:}
    umount "$point"
    options=${rest#*:} options=$(echo "$options" | sed "s/^rw,*//; s/^ro,*//")
    mount -t "${rest%%:*}" ${options:+-o "$options"} cgroup "$point"
  done
  copy /etc
  for directory in /home /root; do overlay "$directory"; done
  own_devices
  for directory in /tmp /var/tmp /dev/shm; do mount -t tmpfs -o mode=1777 tmpfs "$directory"; done
  for directory in /run /var/lib /var/cache /var/log; do mount -t tmpfs -o mode=755 tmpfs "$directory"; done
  mkdir -p /run/lock /var/cache/dynuser "$checkout"
  mount -c --bind /proc/self/fd/4/dynuser /var/cache/dynuser
  mount -c --rbind /proc/self/fd/3 "$checkout"
  exec 3<&- 4<&-
  # A test that builds a package would replace the program that others run.
  [ ! -d "$checkout/dist" ] || overlay "$checkout/dist"
  cd "$checkout"
  ip link set lo up
  status=0
  "$@" || status=$? # this shell stays, as the first process reaps what others leave
  exit "$status"
'

# An overlay whose changes are on a tmpfs of its own.
# shellcheck disable=SC2016
overlay='
  overlay() {
    mount -t tmpfs -o mode=755 tmpfs /mnt
    mkdir /mnt/upper /mnt/work
    mount -t overlay overlay -o "lowerdir=$1,upperdir=/mnt/upper,workdir=/mnt/work" "$1"
    umount -l /mnt
  }'

# An overlay would show what a package that is installed at the same time puts there.
# shellcheck disable=SC2016
copy='
  copy() {
    mount -t tmpfs -o mode=755 tmpfs /mnt
    cp -a "$1/." /mnt
    mount --move /mnt "$1"
  }'

# A container gets its streams as its own, /dev/null among them: with a shared /dev it would change hands under other tests.
# shellcheck disable=SC2016
devices='
  own_devices() {
    mount -t tmpfs -o mode=755 tmpfs /mnt
    cp -ax /dev/. /mnt
    for point in $(sed -n "s,^[^ ]* [^ ]* [^ ]* [^ ]* /dev/\([^ /]*\) .*,\1,p" /proc/self/mountinfo); do
      mount --rbind "/dev/$point" "/mnt/$point"
    done
    mount --rbind /mnt /dev
    umount -l /mnt
  }'

join_cgroups
trap leave_cgroups EXIT
trap : INT TERM
unshare -C -m -p -f -i -n --kill-child --mount-proc --propagation private sh -c "$overlay$copy$devices$inside" sh "$checkout" "$@"
