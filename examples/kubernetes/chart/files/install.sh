#!/bin/sh
# Installs dynuser on a node, or uninstalls it: install.sh [install|stay|uninstall], or ACTION in the environment. Runs in a
# privileged container in the host's PID namespace, with the node's root at $HOST. `stay` installs and then calls `dynuser gc`
# once an hour. The end of its pod (an update, an eviction, a deletion) changes nothing on the node.
set -eu

HOST=${HOST:-/host}
SOURCE=${SOURCE:-/dynuser}
SCRIPTS=${SCRIPTS:-/scripts}
ENGINE=${ENGINE:-containerd}
RUNTIME=${RUNTIME:-runc}
RESTART=${RESTART-}
HOME_ON_NODE=/opt/dynuser
LABEL=dynuser/ready

main() {
  case ${1-${ACTION-}} in
    install) put_files; configure ;;
    stay)
      trap 'exit 0' TERM INT
      put_files
      until configure; do pause 60; done
      ready
      tend
      ;;
    uninstall) uninstall; ready; wait_for_end ;;
    *) echo 'usage: install.sh install|stay|uninstall' >&2; exit 2 ;;
  esac
}

put_files() {
  copy "$SOURCE/dynuser" dynuser
  for name in crun runc; do copy "$SOURCE/libexec/$name" "libexec/$name"; done
  keep "$SCRIPTS/config.yaml" etc/dynuser/config.yaml
  keep "$SCRIPTS/pod.yaml" etc/dynuser/profiles/pod.yaml
}

# Where a distribution of Kubernetes writes the engine's configuration, it fails until the administrator has done what it
# prints; the node is labelled then.
configure() {
  answer=$(on_node $HOME_ON_NODE/dynuser runtime configure --engine="$ENGINE" --runtime="$RUNTIME") || { echo "$answer"; return 1; }
  echo "$answer"
  if [ "$answer" != 'nothing to change' ] && ! restart_engine; then
    echo "install.sh: not labelled: restart $ENGINE, then label the node $LABEL=yes" >&2
    return
  fi
  kubectl label --overwrite node "$NODE_NAME" $LABEL=yes
}

# First the label, so that no new pods come; then the engine's configuration, which is refused while containers use it; then
# the files.
uninstall() {
  kubectl label node "$NODE_NAME" $LABEL- || echo 'install.sh: the label stays' >&2
  if ! on_node $HOME_ON_NODE/dynuser runtime unconfigure --engine="$ENGINE"; then
    echo "install.sh: $HOME_ON_NODE stays, because the engine still needs it; uninstall again afterwards" >&2
    return 1
  fi
  restart_engine || echo "install.sh: restart $ENGINE for it to forget the handler" >&2
  rm -rf "$HOST$HOME_ON_NODE"
  for name in config.yaml profiles/pod.yaml; do drop "$SCRIPTS/${name##*/}" "etc/dynuser/$name"; done
  rmdir "$HOST/etc/dynuser/profiles" "$HOST/etc/dynuser" 2>/dev/null || true
}

# The work on the node is done: the readiness probe may see it, and the pod may end.
ready() {
  trap 'exit 0' TERM INT
  : >"${READY:-/tmp/ready}"
}

tend() {
  while :; do
    pause 3600
    on_node $HOME_ON_NODE/dynuser gc || true
  done
}

# A container that ended would be started again by its DaemonSet.
wait_for_end() {
  while :; do pause 3600; done
}

# A shell handles signals in wait, not in sleep.
pause() {
  sleep "$1" & wait $! || true
}

on_node() {
  nsenter --target 1 --mount -- /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

restart_engine() {
  [ -n "$RESTART" ] || return 1
  on_node sh -c "$RESTART"
}

# By a rename, so that running processes of the old program continue.
copy() {
  mkdir -p "$HOST$HOME_ON_NODE/libexec"
  cp "$1" "$HOST$HOME_ON_NODE/$2.new"
  chmod 755 "$HOST$HOME_ON_NODE/$2.new"
  mv "$HOST$HOME_ON_NODE/$2.new" "$HOST$HOME_ON_NODE/$2"
}

# Keeps a file that the administrator has changed.
keep() {
  mkdir -p "$HOST/${2%/*}"
  [ -e "$HOST/$2" ] || cp "$1" "$HOST/$2"
}

drop() {
  ! cmp -s "$1" "$HOST/$2" || rm "$HOST/$2"
}

main "$@"
