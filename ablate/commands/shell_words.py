"""Write words for a shell so that a person can still read them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

SPECIAL = frozenset('"$`\\!')
"""What bash and zsh change inside double quotes."""


def joined(words: Iterable[str]) -> str:
    """Return words as a line for bash or zsh; a word with single quotes gets double quotes where that is possible.

    Examples:
        >>> print(joined(["ablate", "show", "loss={level:'clipped',eps:0.001}"]))
        ablate show "loss={level:'clipped',eps:0.001}"
    """
    return " ".join(f'"{word}"' if "'" in word and not SPECIAL & set(word) else shlex.quote(word) for word in words)
