"""The exceptions a user can meet; the command line prints their message and ends with status 2.

AblateError
├── ConfigError (ValueError)      a study, factor, level or override that cannot be
├── TaskError (ValueError)        data that cannot be read, or cannot be a task
├── StoreError                    shards that cannot be trusted, or belong to other semantics
│   └── ConflictError             one trial id with two different results
├── CanaryError                   the loss formulations do not differ where they must
└── TrialError                    one trial could not be trained; becomes its `failed` state
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


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


class CanaryError(AblateError):
    """The loss formulations agree where they must differ: the study would compare a thing with itself."""


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
    return f"Unknown {kind}: {name!r}.{hint} Allowed: {', '.join(names)}."
