#!/bin/sh
# A hook before each call of a tool: reads the call as JSON, and answers with the command in the sandbox.
set -eu

exec jq --compact-output --arg shell "$(dirname "$(realpath "$0")")/shell.sh" '
  select(.tool_name == "Bash")
  | {hookSpecificOutput: {
      hookEventName: "PreToolUse",
      permissionDecision: "allow",
      updatedInput: (.tool_input + {command: ([$shell, "-c", .tool_input.command] | @sh)})}}'
