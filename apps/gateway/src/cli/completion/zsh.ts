import { sharedFunctions } from './posix.ts';
import type { CommandSpec } from './tree.ts';

/** The completion script for zsh, to be put into a folder of \`fpath\` as \`_openclaw\`. */
export function zshScript(tree: readonly CommandSpec[]): string {
  return `#compdef openclaw
# Completion of the openclaw command for zsh. Made by \`openclaw completion zsh\`.

${sharedFunctions(tree)}

# Offers lines, each a word and, behind a tab, what explains it.
__openclaw_take() {
  local line
  local -a names shown
  while IFS= read -r line; do
    [[ -n $line ]] || continue
    names+=("\${line%%$'\\t'*}")
    shown+=("\${line/$'\\t'/  -- }")
  done
  if (( $#names )); then compadd -l -d shown -a names; fi
}

_openclaw() {
  local cur=\${words[CURRENT]} values offers
  local -a before=(\${words[2,CURRENT-1]})
  # \`--level=info\` is one word here.
  if [[ $cur == --*=* ]]; then
    before+=(\${cur%%=*})
    cur=\${cur#*=}
    compset -P '*='
  fi
  __openclaw_look "$cur" "\${before[@]}"
  case $values in
    words*) __openclaw_take < <(print -l -- \${=values#words }) ;;
    ask*) __openclaw_take < <("\${words[1]}" __complete "\${values#ask }" 2>/dev/null) ;;
    files) _files ;;
    folders) _files -/ ;;
  esac
  __openclaw_take <<<"$offers"
}

if [[ $funcstack[1] == _openclaw ]]; then _openclaw "$@"; else compdef _openclaw openclaw; fi
`;
}
