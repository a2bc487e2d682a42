#!/bin/sh
# machine.sh NEW: makes NEW/tree with the disk, the kernel and the initrd of the virtual machine of vm.sh, which calls it.
set -eu
. tools/lib.sh

PACKAGES='linux-image-amd64 udev kmod iproute2 procps login libpam-systemd systemd-userdbd dbus dbus-user-session
  podman crun runc conmon netavark aardvark-dns passt catatonit uidmap containerd docker.io docker-cli apparmor
  busybox-static jq attr acl strace python3-minimal xfsprogs btrfs-progs'

# $1/tree becomes the directory of the disk. The tree of Debian is gone afterwards.
main() {
  new=$1
  make_tree "$new" trixie $PACKAGES
  umount "$new/tree/proc" "$new/tree/etc/resolv.conf"
  mv "$new/tree" "$new/root"
  furnish "$new/root"
  mkdir "$new/tree"
  cp "$new"/root/boot/vmlinuz-* "$new/tree/kernel"
  cp "$new"/root/boot/initrd.img-* "$new/tree/initrd"
  chroot "$new/root" dpkg-query -W -f '${Package} ${Version}\n' >"$new/tree/versions"
  truncate -s 6G "$new/tree/disk"
  mkfs.ext4 -q -F -d "$new/root" "$new/tree/disk"
  rm -rf "$new/root"
}

# The tree has 9p in its initrd, a login of root on the console, and the agent twice: as a service and in that login.
furnish() {
  root=$1
  printf '%s\n' 9p 9pnet_virtio virtio_pci virtio_blk >>"$root/etc/initramfs-tools/modules"
  printf '%s\n' 9p 9pnet_virtio >"$root/etc/modules"
  chroot "$root" passwd -q -d root
  echo dynuser-vm >"$root/etc/hostname"
  echo '/dev/vda / ext4 defaults 0 1' >"$root/etc/fstab"
  cp test/support/vm/agent.sh "$root/usr/local/sbin/agent"
  chmod 755 "$root/usr/local/sbin/agent"
  cp test/support/vm/share.mount test/support/vm/agent.service "$root/etc/systemd/system"
  mkdir -p "$root/etc/systemd/system/multi-user.target.wants" "$root/etc/systemd/system/serial-getty@ttyS0.service.d"
  for unit in share.mount agent.service; do
    ln -s "../$unit" "$root/etc/systemd/system/multi-user.target.wants/$unit"
  done
  cp test/support/vm/autologin.conf "$root/etc/systemd/system/serial-getty@ttyS0.service.d"
  echo '[ ! -d /share ] || [ -n "${AGENT-}" ] || AGENT=1 setsid /usr/local/sbin/agent login </dev/null >/dev/null 2>&1 &' \
    >>"$root/root/.profile"
  # they cost minutes under emulation
  for timer in apt-daily apt-daily-upgrade man-db fstrim e2scrub_all dpkg-db-backup logrotate; do
    ln -sf /dev/null "$root/etc/systemd/system/$timer.timer"
  done
  for unit in docker.service docker.socket containerd.service; do ln -sf /dev/null "$root/etc/systemd/system/$unit"; done
  mount -t proc proc "$root/proc"
  chroot "$root" update-initramfs -u
  umount "$root/proc"
}

main "$@"
