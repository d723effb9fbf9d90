"""The exceptions a user can meet; the command line prints their message and ends with status 2.

AblateError
├── ConfigError (ValueError)      a study, factor, level or override that cannot be
├── TaskError (ValueError)        data that cannot be read, or cannot be a task
├── StoreError                    shards that cannot be trusted, or belong to other semantics
│   └── ConflictError             one trial id with two different results
├── LossCheckError                the loss formulations do not differ where they must
├── LevelError                    another package's level has raised; its trials are `failed`
├── PatienceError                 something took longer than it may
└── TrialError                    one trial could not be trained; becomes its `failed` state
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

LONGEST = 500
"""Characters of an error's text that are kept."""


class AblateError(Exception):
    """The base of every error this package raises on purpose."""


class ConfigError(AblateError, ValueError):
    """A study, factor, level or override that cannot be."""


class TaskError(AblateError, ValueError):
    """Data that cannot be read, or cannot be a balanced classification task."""


class StoreError(AblateError):
    """Shards that cannot be trusted, or that other semantics wrote."""


class ConflictError(StoreError):
    """One trial id with two different results."""


class LossCheckError(AblateError):
    """The loss formulations agree where they must differ: the study would compare a thing with itself."""


class LevelError(AblateError):
    """The code of a level that another package brings has raised."""


class PatienceError(AblateError):
    """Something took longer than it may."""


class TrialError(AblateError):
    """One trial could not be trained."""


def unknown(kind: str, name: str, allowed: Iterable[str]) -> str:
    """One sentence for a name nobody knows: what was given, the nearest match, what is allowed.

    Examples:
        >>> unknown("level of `loss`", "fussed", ["clipped", "fused"])
        "Unknown level of `loss`: 'fussed'. Did you mean 'fused'? Allowed: clipped, fused."
    """
    names = sorted(map(str, allowed))
    near = difflib.get_close_matches(str(name), names, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"Unknown {kind}: {name!r}.{hint} Allowed: {', '.join(names) or '(none)'}."


def said(error: BaseException) -> str:
    """An exception in one line without a terminal's colours, short enough for a table."""
    inner = _inner(error)
    text = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", str(inner)).split())
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
    return text if isinstance(inner, LevelError) else f"{type(inner).__name__}: {text}"


def _inner(error: BaseException) -> BaseException:
    """What a level's own code has raised, from among the frameworks' words around it; else the exception itself."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, LevelError) and found.__cause__ is not None:
            return found
        found = found.__cause__ or found.__context__
    return error
