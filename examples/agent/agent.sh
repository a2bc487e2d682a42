#!/bin/sh
# Runs an agent in the current project: agent.sh PROGRAM [ARGUMENT…]. What it needs of your home is in AGENT_FILES, separated
# by spaces; AGENT_NETWORK is a value of --network.
set -eu

set -- -- "$@"
for file in ${AGENT_FILES:-}; do set -- --bind "$file" "$@"; done
exec dynuser run --profile agent --workspace "$PWD" --protect-git --network "${AGENT_NETWORK:-host}" "$@"
