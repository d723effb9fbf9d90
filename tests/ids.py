"""The id of a trial that no study asks for."""

from __future__ import annotations

from collections.abc import Mapping

from ablate.core.study import Budget, Json, canonical, trial_ids


def trial_id(
    params: Mapping[str, Json],
    *,
    neutral: Mapping[str, Json],
    seed: int,
    task_hash: str,
    budget: Budget,
    engine: str,
) -> str:
    chosen = {
        name: value
        for name, value in params.items()
        if name != "task" and not (name in neutral and canonical(value) == canonical(neutral[name]))
    }
    (name,) = trial_ids(canonical(chosen), seeds=[seed], task_hash=task_hash, budget=budget, engine=engine)
    return name
