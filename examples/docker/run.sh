#!/bin/sh
# The runtime from daemon.json, the settings from config.yaml and profiles/.
exec docker run --rm --runtime dynuser --network none docker.io/library/busybox:latest \
  sh -c 'id -un; date >>$STATE_DIRECTORY/log; wc -l <$STATE_DIRECTORY/log'
