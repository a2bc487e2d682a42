#!/bin/sh
# Makes this machine ready for `npm run demo` or `npm test`: setup.sh demo|test. Installs only what is missing.
set -eu
cd "$(dirname "$0")/.."

main() {
  case ${1-} in
  demo) missing=$(missing_for_demo) ;;
  test) missing=$(missing_for_test) ;;
  *) fail 'usage: setup.sh demo|test' ;;
  esac
  install_packages $missing
  install_modules
  [ "$1" = demo ] || make_reference
  bun src/tools/build.ts
}

missing_for_demo() {
  has crun || has runc || echo crun
  # shows the host the names of dynamic users
  grep -q '^passwd:.*systemd' /etc/nsswitch.conf || echo libnss-systemd
}

missing_for_test() {
  while read -r package probe; do
    case $probe in
    /*) [ -e "$probe" ] || echo "$package" ;;
    *) has "$probe" || echo "$package" ;;
    esac
  done <<END
crun crun
runc runc
bubblewrap bwrap
debootstrap debootstrap
podman podman
containerd containerd
docker.io /usr/sbin/dockerd
uidmap newuidmap
busybox-static /bin/busybox
strace strace
jq jq
chromium chromium
procps ps
iproute2 ip
libcap2-bin setcap
attr setfattr
acl setfacl
mandoc mandoc
make make
zsh zsh
fish fish
bindfs bindfs
ca-certificates /etc/ssl/certs/ca-certificates.crt
libnss-systemd /usr/share/doc/libnss-systemd/copyright
golang-github-opencontainers-specs-dev /usr/share/gocode/src/github.com/opencontainers/runtime-spec/schema
END
}

install_packages() {
  [ "$(id -u)" = 0 ] || fail "must be root${*:+; packages to install: $*}"
  [ $# -gt 0 ] || return 0
  has apt-get || fail "no apt-get here; install: $*"
  note "installing $*"
  apt-get -qq update || note 'apt-get update failed; trying with the package lists of before'
  quietly env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "$@"
}

install_modules() {
  if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
    has npm || fail 'no npm here; install: nodejs (20 or newer) and npm'
    note 'installing npm packages'
    # Not `npm ci`: it insists on packages of other platforms, which not every mirror of the registry has.
    quietly npm install --no-save --no-audit --no-fund --loglevel=error
    touch node_modules/.package-lock.json
  fi
  # npm 11 runs no install scripts of packages, and bun fetches its program in one.
  bun --version >/dev/null 2>&1 || node node_modules/bun/install.js
}

# What the tests compare with; kept, since it takes a minute.
make_reference() {
  make_reference_tree
  make_layer tests systemd-tests python3 libcap2-bin iproute2
  make_layer services redis-server redis-tools chrony memcached tor prometheus-node-exporter systemd-resolved \
    nginx-light haproxy unbound mosquitto pdns-recursor
  make_layer timesyncd systemd-timesyncd # which does not go with chrony
  make_layer podman podman crun # whose Quadlet makes units of systemd
}

# Debian 13's systemd 257, the reference of the differential tests.
make_reference_tree() {
  tree=/var/cache/dynuser/trixie
  [ ! -e "$tree" ] || return 0
  mkdir -p "${tree%/*}"
  new=$(mktemp -d "$tree.XXXXXX")
  trap 'rm -rf "$new"' EXIT
  trap 'exit 1' HUP INT TERM
  for mirror in $(mirrors); do
    note "unpacking Debian 13 from $mirror"
    if bootstrap "$new/tree" "$mirror" >"$new/log" 2>&1; then
      mv -T "$new/tree" "$tree" 2>/dev/null || [ -e "$tree" ]
      rm -rf "$new"
      return 0
    fi
    tail -n 3 "$new/log" >&2
    rm -rf "$new/tree"
  done
  fail "cannot make $tree: no mirror of apt's sources has Debian 13"
}

bootstrap() {
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,libnss-systemd,procps trixie "$1" "$2"
  rm -rf "$1"/var/cache/apt/archives/*.deb
}

# Packages of Debian 13 as a layer to lie over the reference tree: make_layer NAME PACKAGE…
make_layer() {
  layer=/var/cache/dynuser/trixie-$1
  shift
  [ ! -e "$layer" ] || return 0
  note "unpacking $* of Debian 13"
  new=$(mktemp -d "$layer.XXXXXX")
  trap 'rm -rf "$new"' EXIT
  trap 'exit 1' HUP INT TERM
  quietly unshare -m --propagation private sh -euc "$FILL_LAYER" /var/cache/dynuser/trixie "$new" "$@"
  mv -T "$new/layer" "$layer" 2>/dev/null || [ -e "$layer" ]
  rm -rf "$new"
}

# No service starts, neither now nor when the tree is booted: tests start them.
FILL_LAYER='
  tree=$0 layer=$1/layer place=$1/place root=$1/place/root
  shift
  mkdir "$place"
  mount -t tmpfs -o size=80% tmpfs "$place"
  mkdir "$place/upper" "$place/work" "$root"
  mount -t overlay overlay -o "lowerdir=$tree,upperdir=$place/upper,workdir=$place/work" "$root"
  mount -t proc proc "$root/proc"
  mount --bind "$(readlink -f /etc/resolv.conf)" "$root/etc/resolv.conf"
  printf "#!/bin/sh\nexit 101\n" >"$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
  chroot "$root" apt-get -qq update
  chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "$@"
  rm -rf "$root/usr/sbin/policy-rc.d" "$root"/etc/systemd/system/*.wants
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*
  umount -R "$root"
  cp -a "$place/upper" "$layer"
  umount "$place"
'

# Debian mirrors of apt's own sources, both forms; a dated snapshot may lack trixie, its host's plain archive has it.
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

bun() { PATH=$PWD/node_modules/.bin:$PATH command bun "$@"; }
has() { command -v "$1" >/dev/null 2>&1; }
note() { echo "setup: $*" >&2; }
fail() { echo "setup: $*" >&2; exit 1; }

main "$@"
