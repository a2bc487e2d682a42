#!/bin/sh
# containerd's own tool takes the runtime at each call; for Kubernetes see `dynuser runtime configure --help`.
exec ctr run --rm --runc-binary /usr/libexec/dynuser/runc \
  --annotation dynuser/DynamicUser=yes \
  --annotation dynuser/StateDirectory=visits \
  docker.io/library/busybox:latest visits \
  sh -c 'id -un; date >>$STATE_DIRECTORY/log; wc -l <$STATE_DIRECTORY/log'
