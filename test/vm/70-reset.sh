. /share/lib
mkdir -p /var/lib/of-test
systemd-run -q --unit=lasting dynuser run --name lasting -p StateDirectory=lasting -- sh -c 'echo kept >$STATE_DIRECTORY/file; exec sleep 1000'
until_true test -s /var/lib/private/lasting/file
sync /var/lib/private/lasting/file
cat /proc/sys/kernel/random/boot_id >/var/lib/of-test/boot
sync /var/lib/of-test/boot
echo "ok - the machine is reset while services run"
sync /share
sleep 8
echo 0 >/share/70-reset.rc
sync
# a hard reset, without a sync of the disk
echo b >/proc/sysrq-trigger
sleep 100
