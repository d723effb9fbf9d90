"""Tab completion of overrides in bash, fish and zsh, for `python -m ablate` and for the commands of `ablate`.

Hydra's own scripts complete only after `python FILE` and after the name of a Hydra application, so the scripts here
take their place. They hand the line up to the cursor to Hydra in `COMP_LINE`, rewritten as Hydra's scripts would send
it. In a list such as `loss=clipped,fu`, Hydra completes the last entry.
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
from ablate.core.errors import ConfigError, unknown

FLAGS = ("-sc", "--shell-completion")

PROGRAM = re.compile(r"\s*(\S*python[\d.]*\s+(\S+\s+)*?-m\s+ablate|\S*\bablate(\s+[a-z]+(?=\s))?)(?=\s)")
"""Matches the words of a line before its overrides."""

BASH = r"""
_ablate_completion()
{
    local line="${COMP_LINE:0:$COMP_POINT}"
    COMPREPLY=()
    if [[ "${COMP_WORDS[0]##*/}" == ablate || "$line" =~ -m[[:space:]]+ablate[[:space:]] ]]; then
        local choices="$(COMP_LINE="$line" PYTHON -m ablate -sc query=bash 2> /dev/null)"
        COMPREPLY=($(compgen -W "$choices" -- "${COMP_WORDS[COMP_CWORD]}"))
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
    # To fish, the word after the second -m of `python -m ablate -m` is the argument of an option.
    complete --command $name --condition _ablate_asked --short-option m --exclusive --arguments '(_ablate_completion)'
end
"""

ZSH = r"""
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
typeset -g _ablate_before="${_comps[python]:-_default}"
_ablate_completion()
{
    local line="${BUFFER[1,CURSOR]}"
    if [[ "${words[1]:t}" == ablate || "$line" =~ '-m[[:space:]]+ablate[[:space:]]' ]]; then
        compadd -Q -S '' -- ${=$(COMP_LINE="$line" PYTHON -m ablate -sc query=bash 2> /dev/null)}
    else
        "$_ablate_before"
    fi
}
compdef _ablate_completion ablate python python3
"""

SCRIPTS = {"bash": BASH, "fish": FISH, "zsh": ZSH}


def is_request(arguments: Sequence[str]) -> bool:
    """Tell whether the arguments ask for completion, or for the script that installs it."""
    return any(argument in FLAGS for argument in arguments)


def answer(arguments: Sequence[str], hydra: Callable[[Sequence[str]], object]) -> str:
    """Return the text that the shell reads: the script that installs completion, or the choices for a line.

    Args:
        arguments: of the Hydra application: `-sc install=SHELL` or `-sc query=bash`.
        hydra: runs the Hydra application, which prints the choices that it knows.

    Raises:
        ConfigError: the shell is unknown, or another word than `install` or `query` is given.
    """
    action, _, shell = next((argument for argument in arguments if argument not in FLAGS), "").partition("=")
    if action == "install" and shell in SCRIPTS:
        return SCRIPTS[shell].replace("PYTHON", shlex.quote(sys.executable)).strip()
    if action == "install":
        raise ConfigError(unknown("shell in `-sc install=SHELL`", shell, SCRIPTS))
    if action != "query":
        raise ConfigError(
            "`-sc` must be followed by install=SHELL. To remove completion, open a shell that does not install it. "
            f"Received: {' '.join(arguments)!r}."
        )
    before, os.environ["COMP_LINE"] = for_hydra(os.environ.get("COMP_LINE", ""))
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        hydra(arguments)
    return " ".join(choice.replace("=", f"={before}", 1) for choice in printed.getvalue().split())


def for_hydra(line: str) -> tuple[str, str]:
    """Return the entries of a list before the one to complete, and the line that Hydra gets to complete.

    Examples:
        >>> for_hydra("python -m ablate -m path=x.npz loss=clipped,fu")
        ('clipped,', 'ablate -m ++task.path=x.npz loss=fu')
        >>> for_hydra("ablate sweep wid")
        ('', 'ablate -m wid')
    """
    program = PROGRAM.match(line)
    rest = line[program.end() :] if program else f" {line}"
    words = [word for word in rest.split() if word not in ("-m", "--multirun")]
    last = words.pop() if words and not rest[-1].isspace() else ""
    key, equals, value = last.partition("=")
    before, comma, entry = value.rpartition(",") if not set("([{'\"") & set(value) else ("", "", value)
    return before + comma, " ".join(["ablate -m", *map(spelled_out, words), f"{key}{equals}{entry}"])
