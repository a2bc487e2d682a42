# Functions that the scripts of this folder share: how they talk, and how they make trees of Debian below $CACHE.
# Sourced from the top of the checkout.

CACHE=/var/cache/dynuser

# make_once PATH MAKER ARGUMENT…: calls `MAKER NEW ARGUMENT…` unless PATH is there, and renames what it made as NEW/tree.
# Two runs that need the same PATH make it once. A signal ends the maker and removes what it has made; what SIGKILL
# leaves is removed by the next run.
make_once() {
  made=$1 new=$1.new
  shift
  [ ! -e "$made" ] || return 0
  mkdir -p "${made%/*}"
  exec 9>"$CACHE/.lock"
  flock 9
  [ -e "$made" ] || make "$@"
  exec 9>&-
}

make() {
  note "making $made"
  rm -rf "$new"
  mkdir "$new"
  trap abandon EXIT
  trap 'exit 1' HUP INT TERM
  maker=$1
  shift
  in_namespaces "$maker" "$new" "$@" >"$new/log" 2>&1 &
  child=$!
  wait "$child" || { tail -n 20 "$new/log" >&2; exit 1; }
  mv -T "$new/tree" "$made"
  rm -rf "$new"
  trap - EXIT HUP INT TERM
}

# The processes of the maker hold the lock, too: it is free when the last of them has ended.
abandon() {
  kill -s KILL "$child" 2>/dev/null || :
  exec 9>&-
  flock -w 10 "$CACHE/.lock" rm -rf "$new" || :
}

# Its mounts and processes end with it.
in_namespaces() {
  exec unshare --mount --pid --fork --kill-child --mount-proc --propagation private \
    sh -euc '. tools/lib.sh; "$@"' "$0" "$@"
}

# make_tree NEW SUITE PACKAGE…: a bootable Debian by the suite's name.
make_tree() {
  new=$1 suite=$2
  shift 2
  for mirror in $(mirrors); do
    if debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,libnss-systemd,procps \
      "$suite" "$new/tree" "$mirror"; then
      [ $# = 0 ] || install_in "$new/tree" "$@"
      rm -rf "$new"/tree/var/cache/apt/*
      return 0
    fi
    rm -rf "$new/tree"
  done
  fail "cannot unpack $suite: no mirror of apt's sources has it"
}

# make_layer_of NEW TREE PACKAGE…: what installing the packages adds to TREE, as a layer to lie over it.
make_layer_of() {
  new=$1 tree=$2 place=$1/place
  shift 2
  mkdir "$place"
  mount -t tmpfs -o size=80% tmpfs "$place"
  mkdir "$place/upper" "$place/work" "$place/root"
  mount -t overlay overlay -o "lowerdir=$tree,upperdir=$place/upper,workdir=$place/work" "$place/root"
  install_in "$place/root" "$@"
  umount -R "$place/root"
  cp -a "$place/upper" "$new/tree"
  umount "$place"
}

# unpack_of NEW TREE PATTERNS PACKAGE…: the files of packages for TREE that match, as a layer to lie over it; nothing is
# installed, and a package without such files is left out.
unpack_of() {
  new=$1 tree=$2 patterns=$3 place=$1/place root=$1/place/root
  shift 3
  mkdir "$place" "$new/tree"
  mount -t tmpfs -o size=80% tmpfs "$place"
  mkdir "$place/upper" "$place/work" "$root"
  mount -t overlay overlay -o "lowerdir=$tree,upperdir=$place/upper,workdir=$place/work" "$root"
  mount -t proc proc "$root/proc"
  mount --bind "$(readlink -f /etc/resolv.conf)" "$root/etc/resolv.conf"
  mkdir -m 777 "$root/packages"
  chroot "$root" apt-get -qq $(freshness) update
  for package; do
    chroot "$root" sh -c "cd /packages && apt-get -qq download $package" || continue
    dpkg-deb --fsys-tarfile "$root"/packages/*.deb | tar -x -C "$new/tree" --wildcards $patterns || :
    rm "$root"/packages/*.deb
  done
  umount -R "$place"
}

# No service starts, neither now nor when the tree is booted: tests start them.
install_in() {
  root=$1
  shift
  mount -t proc proc "$root/proc"
  mount --bind "$(readlink -f /etc/resolv.conf)" "$root/etc/resolv.conf"
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
  chroot "$root" apt-get -qq $(freshness) update
  chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "$@"
  rm -rf "$root/usr/sbin/policy-rc.d" "$root"/etc/systemd/system/*.wants
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*
}

# relink_runtimes NEW TREE: programs that need not be entered by chroot, as a runtime executes /proc/self/exe anew.
relink_runtimes() {
  mkdir "$1/tree"
  for name in crun runc; do
    program=$2/usr/bin/$name
    interpreter=$(patchelf --print-interpreter "$program")
    patchelf --set-interpreter "$(readlink -f "$2$interpreter")" --force-rpath \
      --set-rpath "$(echo "$2"/usr/lib/*-linux-gnu)" --output "$1/tree/$name" "$program"
  done
}

# A mirror that stands still is as old for the tree's apt as for this machine's.
freshness() {
  apt-config dump | sed -n 's/^\(Acquire::Check-[A-Za-z-]*\) "\(.*\)";$/-o \1=\2/p'
}

# Debian mirrors of apt's own sources, both forms; a dated snapshot may lack a suite, its host's plain archive has it.
mirrors() {
  {
    cat /etc/apt/sources.list.d/*.sources 2>/dev/null | sed -n 's/^URIs: *//p' | tr ' ' '\n'
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | sed -n 's/^deb *\(\[[^]]*\]\)\{0,1\} *\([^ ]*\) .*/\2/p'
  } | grep -E '/debian(/|$)' | sed 's,/*$,,' | while read -r mirror; do
    echo "$mirror"
    echo "${mirror%%/debian/*}/debian" | sed 's,/debian/debian$,/debian,'
    echo "$mirror" | sed -n 's,^\([a-z]*://[^/]*\)/.*,\1/debian,p'
  done | awk '!seen[$0]++'
}

# Shows the output only when it fails.
quietly() {
  log=$(mktemp)
  "$@" >"$log" 2>&1 || { cat "$log" >&2; rm -f "$log"; exit 1; }
  rm -f "$log"
}

has() { command -v "$1" >/dev/null 2>&1; }
note() { echo "${0##*/}: $*" >&2; }
fail() { note "$*"; exit 1; }
