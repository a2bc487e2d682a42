. /share/lib
# value by value: what systemd writes and what dynuser does
compare() {
  setting=$1 file=$2
  expected=$(in_service -p "$setting" sh -c "$OWN_CGROUP" sh "$file")
  for runtime in crun runc; do
    found=$(dynuser run --runtime $runtime -p "$setting" -- sh -c "$OWN_CGROUP" sh "$file" 2>&1)
    check "$setting with $runtime" "$found" "$expected"
  done
}
compare MemoryMax=64M memory.max
compare MemoryHigh=32M memory.high
compare MemoryLow=8M memory.low
compare MemorySwapMax=1M memory.swap.max
compare TasksMax=77 pids.max
compare CPUQuota=20% cpu.max
compare CPUWeight=50 cpu.weight
compare AllowedCPUs=0 cpuset.cpus
compare OOMPolicy=kill memory.oom.group
note=$(dynuser run -p 'IODeviceLatencyTargetSec=/ 25ms' -- echo started 2>&1)
check 'IODeviceLatencyTargetSec= starts, with or without the file' "$note" '*started'
