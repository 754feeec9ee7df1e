import { sharedFunctions } from './posix.ts';
import type { CommandSpec } from './tree.ts';

/** The completion script for bash, from 3.2 on. */
export function bashScript(tree: readonly CommandSpec[]): string {
  return `# Completion of the openclaw command for bash. Made by \`openclaw completion bash\`.
# shellcheck shell=bash

${sharedFunctions(tree)}

# Offers the lines that begin with the word, without what explains them.
__openclaw_take() {
  local line
  while IFS= read -r line; do
    line=\${line%%$'\\t'*}
    if [[ -n $line && $line == "$1"* ]]; then COMPREPLY+=("$line"); fi
  done
}

_openclaw() {
  local cur=\${COMP_WORDS[COMP_CWORD]} word values offers
  local -a before=()
  # bash takes \`--level=info\` for three words.
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $word != = ]]; then before+=("$word"); fi
  done
  if [[ $cur == = ]]; then cur=''; fi
  COMPREPLY=()
  __openclaw_look "$cur" \${before[@]+"\${before[@]}"}
  case $values in
    words*) values=\${values#words }; __openclaw_take "$cur" <<<"\${values// /$'\\n'}" ;;
    ask*) __openclaw_take "$cur" < <("\${COMP_WORDS[0]}" __complete "\${values#ask }" 2>/dev/null) ;;
    files) compopt -o filenames 2>/dev/null; __openclaw_take "$cur" < <(compgen -f -- "$cur") ;;
    folders) compopt -o filenames 2>/dev/null; __openclaw_take "$cur" < <(compgen -d -- "$cur") ;;
  esac
  __openclaw_take "$cur" <<<"$offers"
}

complete -F _openclaw openclaw
`;
}
