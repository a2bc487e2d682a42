. /share/lib
FILES='memory.max pids.max cpu.max'
for runtime in crun runc; do
  found=$(in_service --slice=a-b.slice -p MemoryMax=256M -p TasksMax=66 -p CPUQuota=50% \
    dynuser run --runtime $runtime -- sh -c "grep ^0:: /proc/self/cgroup; $OWN_CGROUP" sh $FILES 2>&1)
  check "$runtime: the limits of the caller's unit hold in its scope" "$found" \
    '0::/a.slice/a-b.slice/dynuser-run-sh-*.scope/*memory.max 268435456*pids.max 66*cpu.max 50000 100000'
  found=$(in_service -p Delegate=yes -p MemoryMax=256M dynuser run --runtime $runtime -p TasksMax=55 -- \
    sh -c "grep ^0:: /proc/self/cgroup; $OWN_CGROUP" sh $FILES 2>&1)
  check "$runtime: a delegated unit has the run below it, with limits" "$found" \
    '0::/system.slice/run-*.service/dynuser-run-sh-*pids.max 55*'
done
found=$(in_service -p MemoryMax=256M dynuser run -p MemoryMax=1G -- sh -c "$OWN_CGROUP" sh memory.max 2>&1)
check 'a larger limit than the caller has is lowered' "$found" 'memory.max 268435456'

systemd-run -q --unit=killed dynuser run --name killed -- sleep 1000
until_true pgrep -x -f 'sleep 1000'
systemctl kill -s KILL killed
sleep 2
check 'systemctl kill reaches the command' "$(pgrep -x -f 'sleep 1000')" ''
check 'nothing stays of its scope' "$(systemctl list-units --all --no-legend 'dynuser-run-*')" ''

systemd-run -q --unit=stopped dynuser run --name stopped -- sleep 1000
until_true pgrep -x -f 'sleep 1000'
systemctl stop stopped
check 'a stop is a clean end' "$(systemctl is-failed stopped; pgrep -x -f 'sleep 1000')" inactive

systemd-run -q --unit=late -p TimeoutStopSec=2 dynuser run --name late -- sh -c 'trap "" TERM; while :; do sleep 3; done'
until_true pgrep -x -f 'sleep 3'
systemctl stop late
sleep 2
check 'a command that outlasts TimeoutStopSec= ends with the unit' "$(pgrep -f 'trap..*TERM' | wc -l)" 0

in_service --unit=talks dynuser run --name talks -- sh -c 'echo from-the-command | logger -t talks; sleep 1'
check "the journal's lines belong to a unit" "$(journalctl -o json -t talks | jq -r ._SYSTEMD_UNIT)" 'dynuser-run-*.scope'
