"""Make the frame of a study's trials, one row a trial: from stored rows, or from a published file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from ablate.core import json_values
from ablate.core.errors import StoreError
from ablate.core.study import TASK, Factor, Json, Level, Setting, Study, canonical
from ablate.outcomes.states import OUTCOME_COLUMNS
from ablate.results import level_matches

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

ABSENT: Mapping[str, str | int | bool] = {
    "message": "",
    "bad_tensor": "",
    "start_state": "",
    "task_hash": "",
    "bad_step": -1,
    "after_escape": False,
}
"""Values of columns that an old published file lacks; NaN for any other column."""

REASONS = ("levels", "data", "settings", "seeds", "budget", "engine")
"""Why a stored trial is outside a study: the first of these in which it is not what the study asks for."""

_WORDS = {
    "levels": "with other levels",
    "data": "of other data",
    "settings": "of settings outside the design",
    "seeds": "with other seeds",
    "budget": "with other steps or evaluations",
    "engine": "of another engine",
}


def stored(
    states: pd.DataFrame, study: Study, data: Mapping[str, str], *, settings: Collection[Setting] | None = None
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the store's rows that the study plans as `Results.trials`, and how many others there are.

    Args:
        states: rows of `ablate.store.read_states`, parameters as JSON.
        study: gives the names of levels, and decides which rows belong to it.
        data: canonical parameters of a task -> content hash of its data.
        settings: the settings of its design; None if its levels alone decide.

    Returns:
        The frame, with level names in the study's order; and, by reason, the number of rows that are left out.
    """
    import numpy as np
    import pandas as pd

    codes, unique = pd.factorize(pd.MultiIndex.from_frame(states[["factors", "task_hash"]]))
    columns: dict[str, object] = {"id": states["id"].to_numpy(), "seed": states["seed"].to_numpy()}
    rows = [(_params(text), task_hash) for text, task_hash in unique]
    match, levels = level_matches.matcher(study, data), dict[str, list[Level | None]]()
    for factor in study.factors:
        neutral = _neutral(factor.name)
        found = [(params.get(factor.name, neutral), task_hash) for params, task_hash in rows]
        levels[factor.name] = [match(factor.name, value, task_hash) for value, task_hash in found]
        pairs = zip(levels[factor.name], found, strict=True)
        names = [level.name if level else canonical(value) for level, (value, _) in pairs]
        columns[factor.name] = pd.Categorical(names, categories=_categories(factor, names), ordered=True)[codes]
    there = {name: np.array([level is not None for level in found], bool) for name, found in levels.items()}
    inside = np.logical_and.reduce([np.ones(len(rows), bool), *(has for name, has in there.items() if name != TASK)])
    columns |= {name: states[name].to_numpy() for name in OUTCOME_COLUMNS if name != "escaped"}
    frame = pd.DataFrame(columns)
    agrees = {
        "levels": inside[codes],
        "data": there.get(TASK, np.ones(len(rows), bool))[codes],
        "settings": _in_design(study, levels, settings, len(rows))[codes],
        "seeds": states["seed"].isin(study.pool).to_numpy(),
        "budget": ((states["steps"] == study.budget.steps) & (states["looks"] == study.budget.looks)).to_numpy(),
        "engine": (states["engine"] == study.engine).to_numpy(),
    }
    planned = np.logical_and.reduce(list(agrees.values()))
    first = np.argmin([kept[~planned] for kept in agrees.values()], axis=0)
    counts = dict(zip(REASONS, np.bincount(first, minlength=len(REASONS)).tolist(), strict=True))
    return _typed(frame[planned], study), {reason: count for reason, count in counts.items() if count}


def _in_design(
    study: Study, levels: Mapping[str, Sequence[Level | None]], settings: Collection[Setting] | None, rows: int
) -> np.ndarray:
    """Return which stored settings are settings of the design; levels that the study lacks are another reason."""
    import numpy as np

    if settings is None or not study.varying:
        return np.ones(rows, bool)
    names = [factor.name for factor in study.varying]
    planned = {tuple(setting[name].text for name in names) for setting in settings}
    listed = zip(*(levels[name] for name in names), strict=True)
    return np.array([None in row or tuple(level.text for level in row if level) in planned for row in listed], bool)


def reasons(left_out: Mapping[str, int]) -> str:
    """Return counts by reason in words.

    Examples:
        >>> reasons({"levels": 4, "seeds": 2})
        '4 with other levels, 2 with other seeds'
    """
    return ", ".join(f"{count} {_WORDS[reason]}" for reason, count in left_out.items())


def absent_factors(states: pd.DataFrame, study: Study) -> list[str]:
    """Return the study's factors that no stored setting has and that have no neutral level.

    Args:
        states: the store's rows.
        study: the study.
    """
    there = {name for text in states["factors"].unique() for name in _params(text)}
    return [f.name for f in study.factors if f.name not in there and _neutral(f.name) is None]


def published(frame: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Return the rows of a published file as `Results.trials`.

    Args:
        frame: the file's rows; its columns are changed. A factor that the file lacks gets the study's baseline level.
        study: gives the order of factors and levels.
    """
    import pandas as pd

    for factor in study.factors:
        names = (
            frame[factor.name].astype(str) if factor.name in frame else pd.Series([factor.baseline.name] * len(frame))
        )
        frame[factor.name] = pd.Categorical(names, categories=_categories(factor, list(names.unique())), ordered=True)
    for name in OUTCOME_COLUMNS:
        if name not in frame and name != "escaped":
            frame[name] = ABSENT.get(name, float("nan"))
    return _typed(frame, study)


def _params(text: str) -> dict[str, Json]:
    """Read the parameters by factor from the JSON text of a stored setting."""
    try:
        return json_values.mapping(text)
    except (ValueError, TypeError) as error:
        raise StoreError(
            "The column `factors` of the stored results must hold JSON, the parameters by factor. Received: "
            f"{text!r:.80}. The file is damaged: restore it, or train the study again."
        ) from error


def _neutral(name: str) -> Json:
    """Return the factor's parameters in trials stored before it existed; None if it has always existed."""
    from ablate.remedies import neutral

    return neutral().get(name)


def _categories(factor: Factor, names: Sequence[str]) -> list[str]:
    known = [level.name for level in factor.levels]
    return list(dict.fromkeys([*known, *sorted(set(names) - set(known))]))


def _typed(frame: pd.DataFrame, study: Study) -> pd.DataFrame:
    import pandas as pd

    from ablate.outcomes.states import STATES

    frame = frame.copy()
    frame["state"] = pd.Categorical(frame["state"], categories=list(STATES), ordered=True)
    frame["time"] = pd.to_numeric(frame["time"]).astype(float)
    frame["escaped"] = (frame["state"] == "escaped").to_numpy()
    for name in ("start_state", "bad_tensor", "message", "task_hash"):
        frame[name] = frame[name].fillna("").astype(str)
    names = [factor.name for factor in study.factors]
    frame = frame[["id", "seed", *names, *OUTCOME_COLUMNS]]
    return frame.sort_values([*names, "seed", "id"], kind="stable").reset_index(drop=True)
