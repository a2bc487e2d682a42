#!/bin/sh
# The same without another runtime, by podman's hooks. --hooks-dir counts for this call only: what is restarted later needs
# hooks_dir in containers.conf. Health checks and exec have to name the container's user here, since podman takes them to be root.
exec podman --hooks-dir /usr/share/dynuser/hooks.d run --rm --network none \
  --annotation dynuser/DynamicUser=yes \
  --annotation dynuser/StateDirectory=visits \
  docker.io/library/busybox:latest \
  sh -c 'id -un; date >>$STATE_DIRECTORY/log; wc -l <$STATE_DIRECTORY/log'
