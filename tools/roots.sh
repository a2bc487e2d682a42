#!/bin/sh
# Makes root trees of Debian with container engines, for tests of every version: roots.sh SUITE… (bookworm, trixie, sid).
#   /var/cache/dynuser/roots/SUITE           the tree; tests enter it with an overlay over it
#   /var/cache/dynuser/roots/SUITE-runtimes  its crun and runc as programs of this machine, with the tree's libraries
#   /var/cache/dynuser/roots/SUITE-tests     the data of its systemd's test-execute, to lie over the tree
#   /var/cache/dynuser/roots/SUITE.versions  what is in it
# A tree that is there is kept; remove it to have a newer one.
set -eu
cd "$(dirname "$0")/.."
. tools/lib.sh

PACKAGES='podman conmon crun runc containerd docker.io netavark aardvark-dns containernetworking-plugins
  catatonit uidmap bindfs fuse-overlayfs slirp4netns passt nftables iptables
  busybox-static iproute2 jq strace attr acl python3-minimal libcap2-bin'

main() {
  [ $# -gt 0 ] || fail 'usage: roots.sh SUITE…'
  [ "$(id -u)" = 0 ] || fail 'must be root'
  for suite; do
    root=$CACHE/roots/$suite
    make_once "$root" make_tree "$suite" $PACKAGES $(packages_of "$suite")
    make_once "$root-runtimes" relink_runtimes "$root"
    make_once "$root-tests" unpack_of "$root" './usr/lib/systemd/tests/testdata/test-execute/*' systemd-tests
    versions "$root" | tee "$root.versions" | sed "s/^/$suite: /"
  done
}

# docker's client is a separate package since Debian 13.
packages_of() {
  [ "$1" = bookworm ] || echo docker-cli
}

versions() {
  chroot "$1" dpkg-query -W -f '${Package} ${Version}\n' $PACKAGES systemd
}

main "$@"
