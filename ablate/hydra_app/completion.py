"""Tab completion of overrides in bash, fish and zsh, for `python -m ablate` and for the commands of `ablate`.

Hydra completes the overrides of `python FILE` and of installed applications; a line that begins otherwise is turned
into one of these. In a list the last entry is completed. Every shell hands over the line up to the cursor in
`COMP_LINE` and reads words that begin as its last word does.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
from collections.abc import Callable, Sequence

from ablate.configure.overrides import spelled_out

FLAGS = ("-sc", "--shell-completion")

OURS = re.compile(r"\s*(\S*python[\d.]*\s+(\S+\s+)*?-m\s+ablate|\S*\bablate(\s+[a-z]+(?=\s))?)(?=\s)")
"""What a line begins with before its overrides."""

BASH = r"""
export _ABLATE_OLD_COMP="$(complete -p python 2> /dev/null)"
_ablate_completion()
{
    local line="${COMP_LINE:0:$COMP_POINT}" word="${COMP_WORDS[COMP_CWORD]}"
    COMPREPLY=()
    if [[ "${COMP_WORDS[0]##*/}" == ablate || "$line" =~ -m[[:space:]]+ablate[[:space:]] ]]; then
        local choices="$(COMP_LINE="$line" PYTHON -m ablate -sc query=bash 2> /dev/null)"
        COMPREPLY=($(compgen -W "$choices" -- "$word"))
    fi
}
COMP_WORDBREAKS=${COMP_WORDBREAKS//=}
complete -o nospace -o default -F _ablate_completion ablate python python3
"""

FISH = r"""
function _ablate_completion
    set --local line (commandline --cut-at-cursor)
    env COMP_LINE="$line" PYTHON -m ablate -sc query=bash 2> /dev/null | string split --no-empty ' '
end
function _ablate_asked
    string match --quiet --regex -- '-m\s+ablate\s' (commandline --cut-at-cursor)
end
complete --command ablate --no-files --arguments '(_ablate_completion)'
for name in python python3
    complete --command $name --condition _ablate_asked --no-files --arguments '(_ablate_completion)'
    # What follows the second -m of `python -m ablate -m` is its argument to fish.
    complete --command $name --condition _ablate_asked --short-option m --exclusive --arguments '(_ablate_completion)'
end
"""

ZSH = r"""
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
typeset -g _ablate_old_comp="${_comps[python]:-_default}"
_ablate_completion()
{
    local line="${BUFFER[1,CURSOR]}"
    if [[ "${words[1]:t}" == ablate || "$line" =~ '-m[[:space:]]+ablate[[:space:]]' ]]; then
        compadd -Q -S '' -- ${=$(COMP_LINE="$line" PYTHON -m ablate -sc query=bash 2> /dev/null)}
    else
        "$_ablate_old_comp"
    fi
}
compdef _ablate_completion ablate python python3
"""

INSTALL = {"bash": BASH, "fish": FISH, "zsh": ZSH}

UNINSTALL = {
    "bash": """
complete -r ablate python python3
unset -f _ablate_completion
eval "$_ABLATE_OLD_COMP"
unset _ABLATE_OLD_COMP
""",
    "fish": """
complete --erase --command ablate
functions --erase _ablate_completion
function _ablate_asked
    false
end
""",
    "zsh": """
compdef -d ablate
compdef "$_ablate_old_comp" python python3
unfunction _ablate_completion
unset _ablate_old_comp
""",
}


def asked(arguments: Sequence[str]) -> bool:
    """Whether the arguments ask for completion, or for what installs it."""
    return any(each in FLAGS for each in arguments)


def answer(arguments: Sequence[str], hydra: Callable[[Sequence[str]], object]) -> str:
    """What the shell is to read.

    Args:
        arguments: of the Hydra application: `-sc install=SHELL`, `-sc uninstall=SHELL` or `-sc query=bash`.
        hydra: runs the Hydra application, which prints what it knows.
    """
    subject = next((each for each in arguments if each not in FLAGS), "")
    what, _, shell = subject.partition("=")
    if what in ("install", "uninstall") and shell in INSTALL:
        script = INSTALL[shell] if what == "install" else UNINSTALL[shell]
        return script.replace("PYTHON", shlex.quote(sys.executable)).strip()
    before, line = "", os.environ.get("COMP_LINE", "")
    if what == "query":
        before, line = asked_of_hydra(line)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        os.environ["COMP_LINE"] = line
        hydra(arguments)
    if not before:
        return said.getvalue().strip()
    return " ".join(each.replace("=", f"={before},", 1) for each in said.getvalue().split())


def asked_of_hydra(line: str) -> tuple[str, str]:
    """The entries of a list that stand before the one to complete, and the line as Hydra completes it.

    Examples:
        >>> asked_of_hydra("python -m ablate -m path=x.npz loss=clipped,fu")
        ('clipped', 'ablate -m ++task.path=x.npz loss=fu')
        >>> asked_of_hydra("ablate sweep wid")
        ('', 'ablate -m wid')
    """
    ours = OURS.match(line)
    rest = line[ours.end() :] if ours else f" {line}"
    words = [each for each in rest.split() if each not in ("-m", "--multirun")]
    last = words.pop() if words and not rest[-1].isspace() else ""
    key, equals, value = last.partition("=")
    before, _, entry = value.rpartition(",") if not set("([{'\"") & set(value) else ("", "", value)
    return before, " ".join(["ablate -m", *map(spelled_out, words), f"{key}{equals}{entry}"])
