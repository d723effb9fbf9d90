"""Tab completion of overrides in bash, for `python -m ablate` and for the commands of `ablate`.

Hydra completes the overrides of `python FILE` and of installed applications; a line that begins otherwise is turned
into one of these. In a list the last entry is completed. Other shells are left to Hydra.
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

INSTALL = r"""
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

UNINSTALL = """
complete -r ablate python python3
unset -f _ablate_completion
eval "$_ABLATE_OLD_COMP"
unset _ABLATE_OLD_COMP
"""


def asked(arguments: Sequence[str]) -> bool:
    """Whether the arguments ask for completion, or for what installs it."""
    return any(each in FLAGS for each in arguments)


def answer(arguments: Sequence[str], hydra: Callable[[Sequence[str]], object]) -> str:
    """What the shell is to read.

    Args:
        arguments: of the Hydra application: `-sc install=bash`, `-sc uninstall=bash` or `-sc query=bash`.
        hydra: runs the Hydra application, which prints what it knows.
    """
    subject = next((each for each in arguments if each not in FLAGS), "")
    if subject == "install=bash":
        return INSTALL.replace("PYTHON", shlex.quote(sys.executable)).strip()
    if subject == "uninstall=bash":
        return UNINSTALL.strip()
    before, line = "", os.environ.get("COMP_LINE", "")
    if subject.startswith("query="):
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
