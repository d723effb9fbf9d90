"""What the page's script works on: settings with their counts, the trials behind them, and rates over any two factors.

Plain lists and numbers, written into the page as JSON. It holds the page under its size: past a number of trials,
curves and single trials are left out or aggregated, and the page says so.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ablate.core.study import Json
from ablate.outcomes.states import STATES
from ablate.report import signals
from ablate.report.figures.rates import BAR_ORDER
from ablate.report.style import STATE_COLOURS
from ablate.results import start_states
from ablate.results.study_results import Results

TRIALS = 12_000
"""Up to so many trials the page holds every trial with its accuracy curve (about 110 bytes each)."""

SETTINGS = 12_000
"""Up to so many settings the page's table holds every setting; the rest are in tables/settings.csv."""

CURVES = 1295
"""Accuracy is written as two digits to the base 36: 0 to 1295; `zz` stands for none."""


def page_data(results: Results, settings: pd.DataFrame, heats: Json, target: float) -> dict[str, Any]:
    """The whole of it; `settings` is `results.table(results)`, `heats` come from `ablate.report.heat.blocks`."""
    keys = _keys(settings)
    shown = settings.head(SETTINGS)
    details, omitted = _details(results, shown, keys)
    return {
        "keys": [{"name": name, "levels": levels} for name, levels in keys.items()],
        "baseline": _baseline(results, keys),
        "states": list(STATES),
        "order": list(BAR_ORDER),
        "colours": STATE_COLOURS,
        "rows": _rows(shown, keys),
        "commands": [
            command(results, dict(zip(keys, row, strict=True))) for row in shown[list(keys)].astype(str).to_numpy()
        ]
        if len(shown) <= TRIALS // 4
        else [],
        "fixed": [],
        "details": details,
        "omitted": omitted,
        "steps": list(results.study.budget.schedule),
        "target": target,
        "heats": heats,
    }


def command(results: Results, levels: dict[str, str]) -> str:
    """The command that trains this setting again in a study of its own, every factor named."""
    study = results.study
    words = ["ablate", "sweep", f"study={study.name}-again"]
    words += [f"{factor.name}={levels.get(factor.name, factor.baseline.name)}" for factor in study.factors]
    words += [f"steps={study.budget.steps}", f"looks={study.budget.looks}", f"engine={study.engine}"]
    words.append("seed=" + ",".join(map(str, study.seeds)))
    return " ".join(map(shlex.quote, words))


def _keys(settings: pd.DataFrame) -> dict[str, list[str]]:
    """The columns that tell settings apart, each with its levels in the study's order."""
    names = list(settings.columns)[: list(settings.columns).index("n")]
    keys = {}
    for name in names:
        column = settings[name]
        keys[name] = [
            str(level) for level in (column.cat.categories if hasattr(column, "cat") else sorted(set(column)))
        ]
    return keys


def _baseline(results: Results, keys: dict[str, list[str]]) -> list[int]:
    """Per key the place of its baseline level; -1 where no trial is at it, or the key is no factor."""
    named = {name: level.name for name, level in results.study.baseline}
    return [levels.index(named[name]) if named.get(name) in levels else -1 for name, levels in keys.items()]


def _rows(settings: pd.DataFrame, keys: dict[str, list[str]]) -> list[list[Json]]:
    columns: list[Sequence[Json]] = []
    for name, levels in keys.items():
        place = {level: at for at, level in enumerate(levels)}
        columns.append([place[str(level)] for level in settings[name]])
    columns += [settings[state].astype(int).tolist() for state in STATES]
    columns.append([None if math.isnan(value) else int(value) for value in settings["median_time"]])
    columns += [[round(float(value), 4) for value in settings[name]] for name in ("low", "high")]
    return [list(row) for row in zip(*columns, strict=True)]


def _details(results: Results, settings: pd.DataFrame, keys: dict[str, list[str]]) -> tuple[dict[str, Json], str]:
    """Per row of the table, its trials: [id, seed, state, time, accuracy curve]."""
    if len(results.trials) > TRIALS:
        return {}, (
            f"Single trials and their curves are left out of this page ({len(results.trials)} trials; up to "
            f"{TRIALS} fit). "
            "They are in trials.parquet, and `ablate show ID` draws one."
        )
    frame = start_states.alike(results.study, results.trials)
    codes = {state: at for at, state in enumerate(STATES)}
    texts = _texts(signals.arrays(results, ["accuracy"])["accuracy"])
    groups = frame.groupby(list(keys), observed=True, sort=False).indices
    details = {}
    for at, row in enumerate(settings[list(keys)].itertuples(index=False, name=None)):
        places = groups[row[0] if len(keys) == 1 and row not in groups and row[0] in groups else row]
        own = frame.iloc[places]
        details[str(at)] = [
            [name, int(seed), codes[str(state)], None if math.isnan(time) else int(time), texts[place]]
            for name, seed, state, time, place in zip(
                own["id"], own["seed"], own["state"], own["time"], places, strict=True
            )
        ]
    return details, ""


def _texts(accuracy: np.ndarray) -> list[str]:
    """Each curve as two digits to the base 36 a look; empty if a trial has none."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    pairs = [a + b for a in digits for b in digits]
    whole = np.isfinite(accuracy)
    codes = np.where(whole, np.clip(np.where(whole, accuracy, 0), 0, 1) * (CURVES - 1), CURVES).round().astype(int)
    return [
        "".join(pairs[code] for code in row) if any_finite else ""
        for row, any_finite in zip(codes.tolist(), whole.any(axis=1).tolist(), strict=True)
    ]
