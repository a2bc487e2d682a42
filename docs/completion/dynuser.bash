# bash completion of dynuser, written by src/tools/completion.ts
_dynuser_words() {
  local IFS=$'\n'
  COMPREPLY=($(compgen -W "$1" -- "$word"))
}
_dynuser() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} path= options= words= files= index
  COMPREPLY=()
  # readline splits --option=value
  if [ "$word" = = ]; then word=; elif [ "$before" = = ]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    if [ "${COMP_WORDS[index]}" = -- ]; then
      COMPREPLY=($(compgen -c -- "$word"))
      return
    fi
    case "$path${path:+ }${COMP_WORDS[index]}" in
    'run' | 'show' | 'analyze' | 'analyze suggest' | 'doctor' | 'doctor image' | 'ps' | 'state' | 'state ls' | 'state show' | 'state path' | 'state clean' | 'state migrate' | 'convert' | 'directives' | 'runtime' | 'runtime configure' | 'runtime unconfigure' | 'standby' | 'gc' | 'uid' | 'uid ls' | 'uid whois' | 'uid history') path+=${path:+ }${COMP_WORDS[index]} ;;
    esac
  done
  case $before in
  --file | --rootfs | --workspace | --working-directory | --chdir | --bind | --ro-bind | --tmpfs | --result | --bundle | --html | --output | --config) COMPREPLY=($(compgen -f -- "$word")); return ;;
  --property | -p) compopt -o nospace 2>/dev/null; _dynuser_words "$(dynuser directives 2>/dev/null | sed -n 's/ .*/=/p')"; return ;;
  --unit | -u) _dynuser_words "$(ls /etc/systemd/system /usr/lib/systemd/system 2>/dev/null | grep '[.]service$')"; COMPREPLY+=($(compgen -f -- "$word")); return ;;
  --profile) _dynuser_words "$(echo ci; echo agent; ls /etc/dynuser/profiles 2>/dev/null | sed -n 's/[.]yaml$//p')"; COMPREPLY+=($(compgen -f -- "$word")); return ;;
  --runtime) _dynuser_words "$(echo crun; echo runc)"; return ;;
  --network) _dynuser_words "$(printf 'host\nnone\nprivate')"; return ;;
  --container) _dynuser_words "$(dynuser ps 2>/dev/null | sed -n '2,$s/ .*//p')"; return ;;
  --what) _dynuser_words "$(printf 'state\ncache\nlogs\nruntime\nall')"; return ;;
  --engine) _dynuser_words "$(printf 'containerd\ncrio\ndocker\npodman')"; return ;;
  --to) _dynuser_words "$(printf 'podman\nquadlet\nkubernetes\ncompose\nprofile')"; return ;;
  --user) _dynuser_words "$(printf 'image\ndynamic')"; return ;;
  --name | --allow-net | --setenv | -E | --uid | --gid | --nice | --slice | --status-fd | --description | --threshold | --check | --timeout | --image | --syscalls | --idle | --at) return ;;
  esac
  case $path in
  '') options="--help --version" words="run show analyze doctor ps state convert directives runtime standby gc uid" ;;
  'run') options="--property --unit --file --profile --name --rootfs --runtime --workspace --protect-git --discard --network --allow-net --strict --setenv --uid --gid --nice --working-directory --chdir --same-dir --bind --ro-bind --tmpfs --slice --pty --terminal --shell --result --status-fd --die-with-parent --quiet --pipe --wait --collect --description --help" words="" files=yes ;;
  'show') options="--property --unit --file --profile --name --rootfs --runtime --workspace --protect-git --discard --network --allow-net --strict --setenv --uid --gid --nice --working-directory --chdir --same-dir --bind --ro-bind --tmpfs --slice --bundle --json --help" words="" files=yes ;;
  'analyze') options="--property --unit --file --profile --name --rootfs --runtime --workspace --protect-git --discard --network --allow-net --strict --setenv --uid --gid --nice --working-directory --chdir --same-dir --bind --ro-bind --tmpfs --slice --bundle --container --threshold --html --json --help" words="suggest" ;;
  'analyze suggest') options="--property --unit --file --profile --name --rootfs --runtime --workspace --protect-git --discard --network --allow-net --strict --setenv --uid --gid --nice --working-directory --chdir --same-dir --bind --ro-bind --tmpfs --slice --check --timeout --help" words="" files=yes ;;
  'doctor') options="--json --help" words="image" ;;
  'doctor image') options="--json --help" words="" files=yes ;;
  'ps') options="--json --help" words="" ;;
  'state') options="--help" words="ls show path clean migrate" ;;
  'state ls') options="--what --json --help" words="$(dynuser state ls 2>/dev/null | sed -n '2,$s/ .*//p' | sort -u)" files=yes ;;
  'state show') options="--what --json --help" words="$(dynuser state ls 2>/dev/null | sed -n '2,$s/ .*//p' | sort -u)" files=yes ;;
  'state path') options="--what --json --help" words="$(dynuser state ls 2>/dev/null | sed -n '2,$s/ .*//p' | sort -u)" files=yes ;;
  'state clean') options="--what --force --dry-run --json --help" words="$(dynuser state ls 2>/dev/null | sed -n '2,$s/ .*//p' | sort -u)" files=yes ;;
  'state migrate') options="--what --json --engine --help" words="$(dynuser state ls 2>/dev/null | sed -n '2,$s/ .*//p' | sort -u)" files=yes ;;
  'convert') options="--to --image --user --output --help" words="$(ls /etc/systemd/system /usr/lib/systemd/system 2>/dev/null | grep '[.]service$')" files=yes ;;
  'directives') options="--syscalls --json --help" words="$(dynuser directives 2>/dev/null | sed -n 's/ .*//p')" files=yes ;;
  'runtime') options="--help" words="configure unconfigure" ;;
  'runtime configure') options="--engine --name --config --dry-run --runtime --default --help" words="" ;;
  'runtime unconfigure') options="--engine --name --config --dry-run --help" words="" ;;
  'standby') options="--idle --help" words="" ;;
  'gc') options="--dry-run --json --help" words="" ;;
  'uid') options="--help" words="ls whois history" ;;
  'uid ls') options="--json --help" words="" ;;
  'uid whois') options="--at --json --help" words="" files=yes ;;
  'uid history') options="--json --help" words="" files=yes ;;
  esac
  COMPREPLY=($(compgen -W "$options $words" -- "$word"))
  [ -n "${COMPREPLY-}" ] || [ -z "$files" ] || COMPREPLY=($(compgen -f -- "$word"))
}
complete -F _dynuser dynuser
