# Functions of the scripts that run in the virtual machine. A check is one line of output, `ok - TITLE` or `FAIL - TITLE`.
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin

# check TITLE FOUND EXPECTED-PATTERN: a pattern of the shell
check() {
  case $2 in
    $3) echo "ok - $1" ;;
    *) echo "FAIL - $1: found $(echo "$2" | tr '\n' '|'), expected $3" ;;
  esac
}

# until COMMAND…: as often as it fails, for a minute
until_true() {
  tries=60
  while ! "$@" >/dev/null 2>&1; do
    [ $((tries -= 1)) -gt 0 ] || return 1
    sleep 1
  done
}

# Prints files of its own cgroup, `NAME VALUE` each.
OWN_CGROUP='cd /sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup); for file; do echo "$file $(cat $file 2>/dev/null)"; done'

in_service() { systemd-run -q --wait --pipe --collect "$@"; }
