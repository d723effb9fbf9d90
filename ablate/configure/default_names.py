"""Name a study that was given no name: by its model, its data, and the factors that vary."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence

from ablate import tasks
from ablate.core.errors import TaskError
from ablate.core.study import TASK, Factor
from ablate.remedies.model import MODEL

DIGITS = 6
"""The digits of a content hash in a name."""

LONGEST = 80


def default_name(factors: Sequence[Factor], given: Collection[str]) -> str:
    """Return the name of a study without one; studies of other models or data have other names.

    Args:
        factors: the study's factors.
        given: keys that the overrides give; model and data are named if they are among them.
    """
    by_name = {factor.name: factor for factor in factors}
    parts = [_model(by_name[MODEL])] if MODEL in given else []
    parts += [_data(by_name[TASK])] if TASK in given else []
    varying = "-".join(factor.name for factor in factors if factor.varies)[:LONGEST]
    return "-".join(part for part in (*parts, varying) if part) or "sweep"


def model_and_data(factors: Sequence[Factor]) -> str:
    """Return the names of a study's model and data, as `make_model-data-3f2a9c`."""
    by_name = {factor.name: factor for factor in factors}
    return f"{_model(by_name[MODEL])}-{_data(by_name[TASK])}"


def _model(factor: Factor) -> str:
    names = (str(level.params.get("builder", level.name)) for level in factor.levels)
    return _plain("-".join(name.rpartition(":")[2] for name in names))


def _data(factor: Factor) -> str:
    """Return the names of the tasks; data from files are named by their content, wherever the files lie."""
    names = _plain("-".join(level.name for level in factor.levels))
    if not any("path" in level.params for level in factor.levels):
        return names
    try:
        hashes = sorted(tasks.load(level.params).hash for level in factor.levels)
    except TaskError:  # raised again where the data are needed
        return names
    whole = hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()
    return f"data-{whole[:DIGITS]}"


def _plain(name: str) -> str:
    """Return a name as a folder's name can be.

    Examples:
        >>> _plain("blobs(classes=4)")
        'blobs-classes-4'
    """
    return re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-._")[:LONGEST]
