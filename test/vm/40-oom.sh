. /share/lib
EAT="python3 -c 'x = bytearray(200 << 20)'; echo survived"
for policy in stop kill continue; do
  dynuser run -p MemoryMax=64M -p MemorySwapMax=0 -p OOMPolicy=$policy --result /tmp/result -- sh -c "$EAT" >/tmp/out 2>&1
  status=$?
  found="$status $(jq -r .result /tmp/result) $(grep -c survived /tmp/out)"
  case $policy in
    stop) check 'OOMPolicy=stop ends the service' "$found" '137 oom-kill ?' ;;
    kill) check 'OOMPolicy=kill kills the service as a whole' "$found" '137 oom-kill 0' ;;
    continue) check 'OOMPolicy=continue goes on' "$found" '0 success 1' ;;
  esac
done
