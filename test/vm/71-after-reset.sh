. /share/lib
check 'this is another boot' "$(cmp -s /var/lib/of-test/boot /proc/sys/kernel/random/boot_id && echo same)" ''
check 'nothing holds a user' "$(dynuser ps | tail -n +2)" ''
check 'the ledger can be read, without a warning' "$(dynuser uid history lasting 2>&1 >/dev/null || dynuser uid whois lasting 2>&1)" ''
check 'the next run has the directory' "$(dynuser run --name lasting -p StateDirectory=lasting -- sh -c 'cat $STATE_DIRECTORY/file' 2>&1)" kept
systemctl start web
sleep 10
check 'Quadlet starts it again' "$(systemctl is-active web; systemctl stop web)" active
