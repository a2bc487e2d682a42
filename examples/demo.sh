#!/bin/sh
# Shows what dynuser does for a command, on this host's own files, without an image, an engine or a running systemd.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/dist:$PATH

main() {
  trap forget_state EXIT
  say 'A command runs as a user that exists only while it runs. The user is made up from the name, its directory follows it.'
  start_demo 'id; echo "my state: $STATE_DIRECTORY"; date >>$STATE_DIRECTORY/starts; wc -l <$STATE_DIRECTORY/starts'

  say 'A second run is the same user and finds what the first one wrote.'
  start_demo 'id -u; date >>$STATE_DIRECTORY/starts; wc -l <$STATE_DIRECTORY/starts'

  say 'Everything else is read-only, and /tmp is its own.'
  start_demo 'for file in /etc/x /usr/x /var/lib/x /root/x /tmp/x; do (echo 1 >$file) && echo "$file: written"; done; ls /tmp'

  say 'On disk the state lies below a directory that only root can enter, whatever its owner.'
  run ls -l /var/lib/private/dynuser-demo /var/lib/dynuser-demo

  uid=$(dynuser run -p DynamicUser=yes --name dynuser-demo -- id -u)
  say 'Afterwards there is no such user, no process, no mount.'
  run getent passwd dynuser-demo || echo '(no such user)'
  run find /proc -maxdepth 1 -user "$uid"
  run grep dynuser /proc/self/mounts || echo '(no mount)'

  forget_state
  say 'The state has been removed as well; nothing of this demo is left.'
}

forget_state() { [ ! -d /var/lib/private/dynuser-demo ] || dynuser state clean dynuser-demo >/dev/null; }

start_demo() { run dynuser run -p DynamicUser=yes -p StateDirectory=dynuser-demo --name dynuser-demo -- sh -c "$1"; }

say() { printf '\n# %s\n' "$*"; }

run() {
  printf '+'
  for word; do
    case $word in
    *[!A-Za-z0-9_/=.:-]*) printf " '%s'" "$word" ;;
    *) printf ' %s' "$word" ;;
    esac
  done
  printf '\n'
  "$@" 2>&1
}

main
