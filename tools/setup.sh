#!/bin/sh
# Makes this machine ready for `npm run demo` or `npm test`: setup.sh demo|test. Installs only what is missing.
# `setup.sh units` fetches the unit files that test/long/debianUnits.test.ts compares.
set -eu
cd "$(dirname "$0")/.."
. tools/lib.sh

REFERENCE=$CACHE/trixie

main() {
  case ${1-} in
  demo) missing=$(missing_for_demo) ;;
  test) missing=$(missing_for_test) ;;
  units) make_units && return ;;
  *) fail 'usage: setup.sh demo|test|units' ;;
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
slirp4netns slirp4netns
passt pasta
nftables nft
jq jq
chromium chromium
procps ps
iproute2 ip
libcap2-bin setcap
attr setfattr
acl setfacl
mandoc mandoc
make make
git git
lintian lintian
rpm rpmbuild
patchelf patchelf
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
    quietly npm ci --no-audit --no-fund --loglevel=error
    touch node_modules/.package-lock.json
  fi
  # npm 11 runs no install scripts of packages, and bun fetches its program in one.
  bun --version >/dev/null 2>&1 || node node_modules/bun/install.js
}

# What the tests compare with; kept, since it takes a minute.
make_reference() {
  make_once "$REFERENCE" make_tree trixie # whose systemd 257 is the reference of the differential tests
  make_layer tests systemd-tests python3 libcap2-bin iproute2
  make_layer services redis-server redis-tools chrony memcached tor prometheus-node-exporter systemd-resolved \
    nginx-light haproxy unbound mosquitto pdns-recursor
  make_layer timesyncd systemd-timesyncd # which does not go with chrony
  make_layer selinux selinux-policy-default policycoreutils setools # whose policy takes the module of selinux/
  make_layer podman podman crun # whose Quadlet makes units of systemd
}

# Unit files of packages that run services.
make_units() {
  make_once "$REFERENCE-units" unpack_of "$REFERENCE" './usr/lib/systemd/system/*.service' \
    accountsservice acpid apache2 apt-cacher-ng auditd avahi-daemon beanstalkd bind9 bird2 bitlbee bluez brltty caddy \
    chrony clamav-daemon cockpit-ws colord connman coturn cups-daemon darkstat dbus-broker dnscrypt-proxy dnsdist dnsmasq \
    dovecot-core e2fsprogs earlyoom etcd-server fail2ban flatpak frr fwupd gdm3 geoclue-2.0 gpsd gunicorn haproxy haveged \
    i2pd icecast2 iio-sensor-proxy irqbalance iwd kea-ctrl-agent kea-dhcp-ddns-server kea-dhcp4-server keepalived knot \
    knot-resolver lightdm lighttpd lldpd logrotate low-memory-monitor malcontent man-db mariadb-server minetest-server \
    minidlna modemmanager mosquitto mpd mumble-server nats-server network-manager ngircd nsd ntpsec ocserv opendkim \
    opendmarc openntpd openvpn ostree owserver packagekit pcscd pdns-recursor pdns-server php8.4-fpm plymouth polkitd \
    postgresql-common postsrsd power-profiles-daemon privoxy prometheus prometheus-alertmanager prometheus-bind-exporter \
    prometheus-blackbox-exporter prometheus-pushgateway prosody pulseaudio rabbitmq-server radicale rasdaemon redsocks \
    rng-tools5 rpcbind rspamd rsyslog rtkit ser2net smartmontools spamd speech-dispatcher squid sqwebmail sslh stubby \
    stunnel4 supervisor switcheroo-control syncthing sysstat systemd-homed systemd-journal-remote systemd-oomd systemd- \
    userdbd tftpd-hpa thermald tinyproxy tor transmission-daemon tuned udisks2 unbound upower usbguard uuid-runtime uwsgi- \
    emperor varnish vnstat webhook wireguard-tools wpasupplicant x2goserver zabbix-agent2 znc
}

# Packages of Debian 13 as a layer to lie over the reference tree: make_layer NAME PACKAGE…
make_layer() {
  layer=$REFERENCE-$1
  shift
  make_once "$layer" make_layer_of "$REFERENCE" "$@"
}

bun() { PATH=$PWD/node_modules/.bin:$PATH command bun "$@"; }

main "$@"
