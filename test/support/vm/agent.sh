#!/bin/sh
# In the virtual machine: runs each script that appears in /share, one after the other, and leaves its output and exit status.
# As `agent login` those that are for a login session, else the others.
kind=${1-service}
cd /share || exit
while :; do
  for script in *.sh; do
    name=${script%.sh}
    [ -e "$script" ] && [ ! -e "$name.rc" ] && [ ! -e "$name.started.$kind" ] || continue
    case $name-$kind in *.login-service) continue ;; *.login-login) ;; *-login) continue ;; esac
    : >"$name.started.$kind"
    timeout 600 sh "$script" >"$name.out" 2>&1 </dev/null
    echo $? >"$name.rc.new"
    mv "$name.rc.new" "$name.rc"
  done
  sleep 1
done
