. /share/lib
found=$(dynuser run -- sh -c "grep ^0:: /proc/self/cgroup; $OWN_CGROUP" sh pids.max)
check 'in a login session the run is in a scope of the user slice' "$found" '0::/user.slice/user-0.slice/dynuser-run-sh-*.scope/*'
