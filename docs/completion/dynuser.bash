# bash completion of dynuser, written by src/tools/completion.ts
_dynuser() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} options= words= index
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "run show analyze doctor ps state convert directives runtime standby gc uid --help --version" -- "$word"))
    return
  fi
  for ((index = 2; index < COMP_CWORD; index++)); do
    if [ "${COMP_WORDS[index]}" = -- ]; then
      COMPREPLY=($(compgen -c -- "$word"))
      return
    fi
  done
  case $before in
    --unit | --profile | --rootfs | --runtime | --workspace | --result | --bundle | --html | --config) COMPREPLY=($(compgen -f -- "$word")); return ;;
    --property | -p | --name | --network | --container | --threshold | --check | --timeout | --what | --to | --image | --syscalls | --engine | --runtime | --at) return ;;
  esac
  case ${COMP_WORDS[1]} in
    run) options="--property --unit --profile --name --rootfs --runtime --workspace --network --strict --terminal --result --help" words="" ;;
    show) options="--property --unit --profile --name --rootfs --runtime --workspace --network --strict --bundle --json --help" words="" ;;
    analyze) options="--property --unit --profile --name --rootfs --runtime --workspace --network --strict --bundle --container --threshold --html --json --check --timeout --help" words="suggest" ;;
    doctor) options="--json --help" words="image" ;;
    ps) options="--json --help" words="" ;;
    state) options="--what --json --help" words="ls show path clean migrate" ;;
    convert) options="--to --image --help" words="" ;;
    directives) options="--syscalls --json --help" words="" ;;
    runtime) options="--engine --runtime --name --default --config --dry-run --help" words="configure unconfigure" ;;
    standby) options=" --help" words="" ;;
    gc) options="--dry-run --json --help" words="" ;;
    uid) options="--at --json --help" words="ls whois history" ;;
  esac
  COMPREPLY=($(compgen -W "$options $words" -- "$word"))
  [ -n "${COMPREPLY-}" ] || COMPREPLY=($(compgen -f -- "$word"))
}
complete -F _dynuser dynuser
