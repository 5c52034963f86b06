const BASH = `# bash completion for kubectl-sluice
_kubectl_sluice() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    case "$line" in
      :0) compopt -o default -o filenames 2>/dev/null ;;
      :*) ;;
      *) COMPREPLY+=("$line") ;;
    esac
  done < <(kubectl-sluice __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _kubectl_sluice kubectl-sluice
`;

const ZSH = `#compdef kubectl-sluice
# zsh completion for kubectl-sluice
_kubectl_sluice() {
  local -a lines
  lines=(\${(f)"$(kubectl-sluice __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if [[ "\${lines[-1]}" == ":0" ]]; then
    _files
  else
    compadd -- \${lines:#:*}
  fi
}
if [ "$funcstack[1]" = "_kubectl-sluice" ]; then
  _kubectl_sluice
else
  compdef _kubectl_sluice kubectl-sluice
fi
`;

const FISH = `# fish completion for kubectl-sluice
function __kubectl_sluice_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l lines (kubectl-sluice __complete $words[2..-1] 2>/dev/null)
  if contains -- ':0' $lines
    __fish_complete_path (commandline -ct)
  else
    string match -v ':*' -- $lines
  end
end
complete -c kubectl-sluice -f -a '(__kubectl_sluice_complete)'
`;

const KUBECTL = `#!/bin/sh
# kubectl runs this file, when it is on PATH, to complete "kubectl sluice".
exec kubectl-sluice __complete "$@"
`;

const SCRIPTS: ReadonlyMap<string, string> = new Map([
  ['bash', BASH],
  ['zsh', ZSH],
  ['fish', FISH],
  ['kubectl', KUBECTL],
]);

/** The script for a shell; undefined when there is none. */
export function completionScript(shell: string): string | undefined {
  return SCRIPTS.get(shell);
}
