#!/bin/sh
# Makes the disk of a virtual machine with Debian 13, and boots it: vm.sh make | boot SHARE [APPEND…] | shell.
#   make   the disk, the kernel and its initrd below /var/cache/dynuser/vm; kept, remove it to have a newer one
#   boot   runs the machine until it is powered off, its console on standard output. SHARE is a directory that it sees at
#          /share. Each *.sh that appears there is run by a service, each *.login.sh in a login session of root; when it
#          has ended there are *.out and *.rc. SHARE/disk is its disk, which is made if there is none.
#   shell  boots it with its console on this terminal, logged in as root; `poweroff` ends it
set -eu
cd "$(dirname "$0")/.."
. tools/lib.sh

PLACE=$CACHE/vm

main() {
  [ "$(id -u)" = 0 ] || fail 'must be root'
  command=${1-}
  [ $# = 0 ] || shift
  case $command in
    make) make_once "$PLACE" tools/machine.sh ;;
    boot) boot "$@" ;;
    shell)
      share=$(mktemp -d)
      trap 'rm -rf "$share"' EXIT
      (boot "$share" -serial mon:stdio)
      ;;
    *) fail 'usage: vm.sh make | boot SHARE [OPTION OF QEMU…] | shell' ;;
  esac
}

# The emulator in software, with one processor: /dev/kvm need not be there, and the host has other work.
boot() {
  [ -d "$PLACE" ] || fail "no $PLACE: vm.sh make"
  has qemu-system-x86_64 || fail 'no qemu-system-x86_64 here; install: qemu-system-x86'
  share=$1
  shift
  [ $# -gt 0 ] || set -- -serial stdio
  [ -e "$share/disk" ] || cp --sparse=always "$PLACE/disk" "$share/disk"
  exec nice -n 10 qemu-system-x86_64 -accel tcg,tb-size=512 -cpu max -smp 1 -m 2048 -nodefaults -display none -no-reboot \
    -drive "file=$share/disk,if=virtio,format=raw,cache=unsafe" \
    -fsdev "local,id=share,path=$share,security_model=none,multidevs=remap" -device virtio-9p-pci,fsdev=share,mount_tag=share \
    -device virtio-rng-pci -kernel "$PLACE/kernel" -initrd "$PLACE/initrd" \
    -append "root=/dev/vda rw console=ttyS0,115200 panic=-1 quiet" "$@"
}

main "$@"
