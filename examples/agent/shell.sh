#!/bin/sh
# A shell whose commands run in the sandbox: shell.sh -c COMMAND. The project is the repository of the current directory.
set -eu

project=$(git rev-parse --show-toplevel 2>/dev/null) || project=$PWD
exec dynuser run --quiet --profile agent --workspace "$project" --protect-git --working-directory "$PWD" -- /bin/bash "$@"
