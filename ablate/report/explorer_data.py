"""The data that the page's script works on: settings with their counts, the trials behind them, and rates.

The data are plain lists and numbers, which the page holds as JSON. If there are many trials or settings, the page
leaves some out, so that it stays below its largest size, and says so.
"""

from __future__ import annotations

import itertools
import math
import shlex
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ablate import configure
from ablate.core.errors import ConfigError
from ablate.core.study import Json
from ablate.outcomes.states import STATES
from ablate.report import signals
from ablate.report.figures.rates import BAR_ORDER
from ablate.report.page_parts import levels_by_name
from ablate.report.section_inputs import Inputs
from ablate.report.style import STATE_COLOURS
from ablate.report.trial_groups import in_order
from ablate.results import accuracies, start_states
from ablate.results.study_results import Results
from ablate.stats import causes

TRIALS = 12_000
"""With more trials than this, a page leaves out single trials and their accuracy curves (about 110 bytes each)."""

SETTINGS = 12_000
"""The most settings in the page's table; tables/settings.csv has all."""

COMMANDS = 3_000
"""With more settings than this, a page leaves out the command that repeats each setting."""

CURVES = 1295
"""Accuracy is written as two digits to the base 36, from 0 to 1294; `zz`, which is 1295, stands for no value."""


def page_data(inputs: Inputs, heats: Sequence[Json], ends: pd.DataFrame | None = None) -> dict[str, Any]:
    """Return all data of the page's script.

    Args:
        inputs: what every section is made from.
        heats: the rates over any two factors, of `ablate.report.heat.page_blocks`, for each group of trials.
        ends: the trials' last signals with their causes, if they are known.
    """
    results, shown = inputs.results, inputs.settings.head(SETTINGS)
    keys = {name: _levels(shown[name]) for name in inputs.keys}
    details, omitted = _details(results, shown, list(keys))
    return {
        "keys": [{"name": name, "levels": levels} for name, levels in keys.items()],
        "baseline": [
            levels.index(inputs.baseline[name]) if inputs.baseline.get(name) in levels else -1
            for name, levels in keys.items()
        ],
        "states": list(STATES),
        "order": list(BAR_ORDER),
        "colours": STATE_COLOURS,
        "rows": _rows(shown, keys),
        "commands": commands(results, shown, list(keys)) if len(shown) <= COMMANDS else [],
        "details": details,
        "causes": {} if ends is None else _causes(details, inputs.results, ends),
        "omitted": omitted,
        "steps": list(results.study.budget.schedule),
        "target": inputs.claim.target,
        "heats": heats,
    }


def _levels(column: pd.Series[Any]) -> list[str]:
    """Return a column's levels: numbers by size, others in the study's order."""
    return in_order(map(str, column.cat.categories if hasattr(column, "cat") else sorted(set(column))))


def commands(results: Results, settings: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    """Return, per setting, the command that trains it again in a study of its own.

    Args:
        results: the study.
        settings: level names by factor, one row a setting.
        keys: the columns that select a setting.

    Returns:
        The commands; an empty text where a level cannot be written as overrides, as when a factor's plug-in is not
        installed here.
    """
    study = results.study
    try:
        words = configure.overrides_by_level(study.factors)
    except ConfigError:
        return [""] * len(settings)
    begin = ["ablate", "sweep", f"study={study.name}-again"]
    end = [f"steps={study.budget.steps}", f"looks={study.budget.looks}", f"engine={study.engine}"]
    end.append("seed=" + ",".join(map(str, study.seeds)))
    lines = []
    for levels in levels_by_name(settings, keys):
        chosen = [words.get((factor.name, levels.get(factor.name, factor.baseline.name))) for factor in study.factors]
        known = [overrides for overrides in chosen if overrides is not None]
        whole = len(known) == len(chosen)
        lines.append(shlex.join([*begin, *itertools.chain(*known), *end]) if whole else "")
    return lines


def _rows(settings: pd.DataFrame, keys: dict[str, list[str]]) -> list[list[Json]]:
    columns: list[Sequence[Json]] = []
    for name, levels in keys.items():
        position = {level: at for at, level in enumerate(levels)}
        columns.append([position[str(level)] for level in settings[name]])
    columns += [settings[state].astype(int).tolist() for state in STATES]
    columns.append([None if math.isnan(value) else int(value) for value in settings["median_time"]])
    columns += [[round(float(value), 4) for value in settings[name]] for name in ("low", "high")]
    columns += [
        [None if math.isnan(value) else round(float(value), 4) for value in settings[name]]
        for name in accuracies.COLUMNS
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def _details(results: Results, settings: pd.DataFrame, keys: Sequence[str]) -> tuple[dict[str, Json], str]:
    """Return, per row of the table, its trials [id, seed, state, time, accuracy curve]; or why they are left out."""
    if len(results.trials) > TRIALS:
        return {}, (
            f"This page leaves out single trials and their curves: it has {len(results.trials)} trials, and up to "
            f"{TRIALS} fit. They are in trials.parquet, and `ablate show ID` draws one."
        )
    frame = start_states.alike(results.study, results.trials)
    codes = {state: at for at, state in enumerate(STATES)}
    texts = _curve_texts(signals.arrays(results, ["accuracy"])["accuracy"])
    groups = frame.groupby(list(keys), observed=True, sort=False).indices
    details = {}
    for at, row in enumerate(settings[list(keys)].itertuples(index=False, name=None)):
        rows = groups[row[0] if len(keys) == 1 and row not in groups and row[0] in groups else row]
        trials = frame.iloc[rows]
        details[str(at)] = [
            [name, int(seed), codes[str(state)], None if math.isnan(time) else int(time), texts[position]]
            for name, seed, state, time, position in zip(
                trials["id"], trials["seed"], trials["state"], trials["time"], rows, strict=True
            )
        ]
    return details, ""


def _causes(details: dict[str, Json], results: Results, ends: pd.DataFrame) -> dict[str, str]:
    """Return, per row of the table, the causes of its trials at chance with their numbers."""
    if not len(ends):
        return {}
    stuck = set(results.trials.loc[results.trials["state"].isin(causes.AT_CHANCE), "id"])
    cause_of = {
        name: causes.refine(seen, ratio)
        for name, seen, ratio in zip(ends["id"], ends["fingerprint"], ends["update_ratio"], strict=True)
        if name in stuck
    }
    counted = {
        row: Counter(cause_of[trial[0]] for trial in trials if trial[0] in cause_of) for row, trials in details.items()
    }
    return {
        row: ", ".join(f"{cause} ({causes.MEANINGS[cause]}) in {count}" for cause, count in counts.most_common())
        for row, counts in counted.items()
        if counts
    }


def _curve_texts(accuracy: np.ndarray) -> list[str]:
    """Write each curve with two digits to the base 36 an evaluation; an empty text if a trial has none."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    pairs = [first + second for first in digits for second in digits]
    finite = np.isfinite(accuracy)
    values = np.clip(np.where(finite, accuracy, 0), 0, 1) * (CURVES - 1)
    codes = np.where(finite, values, CURVES).round().astype(int)
    return [
        "".join(pairs[code] for code in row) if any_finite else ""
        for row, any_finite in zip(codes.tolist(), finite.any(axis=1).tolist(), strict=True)
    ]
