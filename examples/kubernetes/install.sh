#!/bin/sh
# Puts dynuser on a node, and takes it away: install.sh install|remove|stay. Runs in a privileged container of the host's
# PID namespace that has the node's root at $HOST. `stay` installs, tends the node, and removes when its DaemonSet goes.
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
  case ${1-} in
    install) install ;;
    remove) remove ;;
    stay) stay ;;
    *) echo 'usage: install.sh install|remove|stay' >&2; exit 2 ;;
  esac
}

install() {
  copy "$SOURCE/dynuser" dynuser
  for name in crun runc; do copy "$SOURCE/libexec/$name" "libexec/$name"; done
  keep "$SCRIPTS/config.yaml" etc/dynuser/config.yaml
  keep "$SCRIPTS/pod.yaml" etc/dynuser/profiles/pod.yaml
  answer=$(on_node $HOME_ON_NODE/dynuser runtime configure --engine="$ENGINE" --runtime="$RUNTIME")
  echo "$answer"
  if [ "$answer" != 'nothing to change' ] && ! restart_engine; then
    echo "install.sh: not labelled: restart $ENGINE, then label the node $LABEL=yes" >&2
    return
  fi
  kubectl label --overwrite node "$NODE_NAME" $LABEL=yes
}

# No new pods first; then the engine's configuration, which is refused while containers use it; then the files.
remove() {
  kubectl label node "$NODE_NAME" $LABEL- || echo 'install.sh: the label stays' >&2
  if ! on_node $HOME_ON_NODE/dynuser runtime unconfigure --engine="$ENGINE"; then
    echo "install.sh: $HOME_ON_NODE stays, since containers need it to be stopped; remove again when they have gone" >&2
    return 1
  fi
  restart_engine || echo "install.sh: restart $ENGINE for it to forget the handler" >&2
  rm -rf "$HOST$HOME_ON_NODE"
  for name in config.yaml profiles/pod.yaml; do drop "$SCRIPTS/${name##*/}" "etc/dynuser/$name"; done
  rmdir "$HOST/etc/dynuser/profiles" "$HOST/etc/dynuser" 2>/dev/null || true
}

stay() {
  install
  trap leave TERM INT
  while :; do
    sleep 3600 & wait $! || true
    on_node $HOME_ON_NODE/dynuser gc || true
  done
}

# An update of the DaemonSet ends this pod too.
leave() {
  status=0
  if is_deleted; then remove || status=$?; fi
  exit "$status"
}

# What one may not even look at any more is being deleted with its rights; who cannot be reached may still be there.
is_deleted() {
  if found=$(kubectl --namespace dynuser get daemonset dynuser-installer -o 'jsonpath={.metadata.deletionTimestamp}' 2>&1); then
    [ -n "$found" ]
  else
    case $found in *NotFound* | *[Ff]orbidden* | *Unauthorized*) true ;; *) false ;; esac
  fi
}

on_node() {
  nsenter --target 1 --mount -- /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

restart_engine() {
  [ -n "$RESTART" ] || return 1
  on_node sh -c "$RESTART"
}

# By a rename, so that whoever runs the old one goes on.
copy() {
  mkdir -p "$HOST$HOME_ON_NODE/libexec"
  cp "$1" "$HOST$HOME_ON_NODE/$2.new"
  chmod 755 "$HOST$HOME_ON_NODE/$2.new"
  mv "$HOST$HOME_ON_NODE/$2.new" "$HOST$HOME_ON_NODE/$2"
}

# What the administrator has written stays.
keep() {
  mkdir -p "$HOST/${2%/*}"
  [ -e "$HOST/$2" ] || cp "$1" "$HOST/$2"
}

drop() {
  ! cmp -s "$1" "$HOST/$2" || rm "$HOST/$2"
}

main "$@"
