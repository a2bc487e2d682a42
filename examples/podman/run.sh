#!/bin/sh
# A container as a user that exists only while it runs, with a directory that it keeps: every run adds a line.
# Needs dynuser as podman's runtime: copy containers.conf to /etc/containers/containers.conf.d/50-dynuser.conf.
exec podman --runtime dynuser run --rm --network none \
  --annotation dynuser/DynamicUser=yes \
  --annotation dynuser/StateDirectory=visits \
  docker.io/library/busybox:latest \
  sh -c 'id -un; date >>$STATE_DIRECTORY/log; wc -l <$STATE_DIRECTORY/log'
