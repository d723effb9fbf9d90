"""Find the level of a study that stored parameters mean: by what they do to a trial, not by how they were written.

A file that moved, a copy of it and a table of the same rows are one task. Two builders of equal networks are one model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ablate.core.study import TASK, Json, Level, Study, canonical
from ablate.design import designs

Match = Callable[[str, Json, str], Level | None]
"""Factor, parameters, content hash of the task's data -> the study's level; None if the study has no such level."""


def matcher(study: Study, data: Mapping[str, str]) -> Match:
    """Return the function that finds a study's levels.

    Args:
        study: the study.
        data: canonical parameters of a task -> content hash of its data, as the manifest has them.
    """
    levels: dict[tuple[str, str], Level] = {}
    for factor in study.factors:
        for level in (factor.baseline, *factor.levels):
            levels[factor.name, _key(factor.name, level.params, data.get(level.text, ""))] = level
    known: dict[tuple[str, str, str], Level | None] = {}

    def match(name: str, params: Json, task_hash: str) -> Level | None:
        asked = (name, repr(params), task_hash if name == TASK else "")
        if asked not in known:
            level = levels.get((name, _key(name, params, task_hash)))
            if level is None and name == TASK and canonical(params) not in data:
                level = levels.get((name, canonical(params)))  # a manifest of an older version does not tell hashes
            known[asked] = level
        return known[asked]

    return match


def _key(name: str, params: Json, task_hash: str) -> str:
    return (task_hash or canonical(params)) if name == TASK else designs.identity_text(name, params)
