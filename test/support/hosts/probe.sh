#!/bin/sh
# Tells how the system looks from inside a service, as lines of NAME<tab>VALUE: probe PATH…
# Paths named on the command line are looked at besides the usual ones. Leaves a file `kept` in each of the service's
# directories. Needs only what every Debian has; its own process stays the one that is told about.

tab=$(printf '\t')
say() { printf '%s\t%s\n' "$1" "$2"; }
encoded() { base64 -w 0; }

status_lines() {
  while IFS=: read -r name value; do
    case $name in
    Uid | Gid | Groups | NoNewPrivs | Seccomp | SigBlk | SigIgn | CapInh | CapPrm | CapEff | CapBnd | CapAmb | Cpus_allowed_list | Mems_allowed_list)
      # shellcheck disable=SC2086  # words, however they are separated
      set -- $value
      say "$name" "$*"
      ;;
    esac
  done <"/proc/$$/status"
}

scheduling() {
  read -r line <"/proc/$$/stat"
  # shellcheck disable=SC2086
  set -- ${line##*) }
  shift 16
  say nice "$1"
  shift 22
  say policy "$1"
}

one_line() { read -r line <"/proc/$$/$1" && say "$1" "$line"; }

# No command substitution here: its pipe would be among them.
descriptors() {
  numbers=
  for path in "/proc/$$/fd/"*; do numbers="$numbers ${path##*/}"; done
  say descriptors "$numbers"
}

limits() {
  sed 1d "/proc/$$/limits" | sed -E 's/  +/\t/g' | while IFS=$tab read -r name soft hard _; do
    say "limit:$name" "$soft $hard"
  done
}

namespaces() {
  for name in cgroup ipc mnt net pid user uts; do say "namespace:$name" "$(readlink "/proc/$$/ns/$name")"; done
}

# What came of trying, in the words of the C library.
reason() {
  message=$1
  [ -z "$message" ] && echo yes || echo "${message##*: }"
}

try_writing() {
  if [ -d "$1" ]; then
    reason "$( (: >"$1/.probe.$$") 2>&1)"
    [ ! -e "$1/.probe.$$" ] || rm -f "$1/.probe.$$"
  else
    reason "$( (: >>"$1") 2>&1)"
  fi
}

try_reading() {
  if [ -d "$1" ]; then reason "$(ls -A "$1" 2>&1 >/dev/null)"; else reason "$( (: <"$1") 2>&1)"; fi
}

look_at() {
  stat -c "stat:%n$tab%F %a %u %g" "$@" 2>/dev/null
  for path; do
    [ ! -h "$path" ] || say "link:$path" "$(readlink "$path")"
    [ -e "$path" ] || { say "missing:$path" yes; continue; }
    [ ! -c "$path" ] || continue
    say "write:$path" "$(try_writing "$path")"
    say "read:$path" "$(try_reading "$path")"
  done
}

list() {
  for path; do
    [ ! -d "$path" ] || say "list:$path" "$(ls -A "$path" 2>/dev/null | tr '\n' ' ')"
  done
}

own_directories() {
  for variable in RUNTIME STATE CACHE LOGS CONFIGURATION; do
    eval "value=\${${variable}_DIRECTORY-}"
    IFS=:
    for path in $value; do
      (: >"$path/kept")
      find -H "$path" -printf "own:%p$tab%y %m %U %G %l\n"
    done 2>/dev/null
    unset IFS
  done
}

set_id_bits() {
  file=$1/probe.$$
  (: >"$file") 2>/dev/null || return
  say setuid "$(reason "$(chmod u+s "$file" 2>&1)")"
  rm -f "$file"
}

umask=$(umask)
say umask "$umask"
say cwd "$(pwd -P)"
say user "$(id -un 2>&1)"
say group "$(id -gn 2>&1)"
say environment "$(encoded <"/proc/$$/environ")"
say mounts "$(encoded <"/proc/$$/mountinfo")"
descriptors
status_lines
scheduling
one_line oom_score_adj
one_line timerslack_ns
one_line personality
one_line coredump_filter
say ioprio "$(ionice -p $$ 2>/dev/null)"
limits
namespaces
own_directories
set_id_bits /tmp
look_at / /boot /dev /dev/mqueue /dev/null /dev/shm /etc /etc/passwd /home /opt /proc /proc/sys/kernel/domainname /root /run \
  /run/lock /run/user /srv /sys /sys/fs/cgroup /tmp /usr /usr/bin /var /var/cache /var/lib /var/log /var/tmp "$@"
list "$@"
say end yes
