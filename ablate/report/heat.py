"""Rates over the levels of two factors, and of three, for heat maps."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ablate.core.study import Json
from ablate.report.figure_data import HeatInfo
from ablate.report.section_inputs import EVENTS
from ablate.report.trial_groups import TrialGroup, levels_of
from ablate.stats import rates

TRIPLES = 40
"""The most combinations of three factors in the page: the first ones, in the study's order of factors."""

CELLS = 40_000
"""The most cells of all combinations in the page."""


def heat_info(group: TrialGroup, down: str, across: str, state: str, target: float) -> HeatInfo:
    """Return the record of one heat map.

    Args:
        group: the trials.
        down: the factor whose levels are rows.
        across: the factor whose levels are columns.
        state: the state whose rate is shown, a key of EVENTS.
        target: the escape rate that is enough; cells whose interval holds it are undecided.
    """
    cells = _cells(group, [down, across], [state])[state]
    return HeatInfo(
        title=f"{group.title}: {EVENTS[state]} rate by {down} and {across}",
        event=EVENTS[state],
        down=down,
        across=across,
        down_levels=tuple(levels_of(group.trials, down)),
        across_levels=tuple(levels_of(group.trials, across)),
        undecided=(cells["low"] < target) & (cells["high"] >= target) & (cells["n"] > 0) & (state == "escaped"),
        **cells,
    )


def _cells(group: TrialGroup, factors: Sequence[str], states: Sequence[str]) -> dict[str, dict[str, np.ndarray]]:
    """Return `k`, `n`, `rate`, `low` and `high` by state, one axis a factor; n is 0 where nothing ran."""
    axes = [levels_of(group.trials, name) for name in factors]
    shape = tuple(map(len, axes))
    result = {}
    for state, table in rates.tables(group.comparable(factors), list(factors), states).items():
        at = tuple(
            np.array([axis.index(str(level)) for level in table[name]], dtype=int)
            for name, axis in zip(factors, axes, strict=True)
        )
        arrays = {"k": np.zeros(shape, int), "n": np.zeros(shape, int)}
        arrays |= {"rate": np.zeros(shape), "low": np.zeros(shape), "high": np.ones(shape)}
        for name, values in arrays.items():
            values[at] = table[state if name == "k" else name].to_numpy()
        result[state] = arrays
    return result


def page_blocks(group: TrialGroup, *, refused: str = "") -> Json:
    """Return every pair and some triples of factors for the page's pickers; rates and bounds are in thousandths.

    Args:
        group: the trials.
        refused: why no rate may be pooled over them; the page says it in place of the rates.
    """
    factors = list(group.varying)
    needed = [*("id", "seed"), *factors, "state"]
    group = replace(group, trials=group.trials[needed])  # many columns of text take long to select rows of
    levels = {name: levels_of(group.trials, name) for name in factors}
    every = range(0 if refused else len(factors))
    chosen = [*itertools.combinations(every, 2), *itertools.islice(itertools.combinations(every, 3), TRIPLES)]
    blocks: dict[str, Json] = {}
    cells = 0
    for positions in chosen:
        names = [factors[position] for position in positions]
        cells += int(np.prod([len(levels[name]) for name in names]))
        if cells > CELLS:
            break
        blocks[",".join(map(str, positions))] = _block(group, names)
    return {
        "title": group.title,
        "within": dict(group.within),
        "factors": [{"name": name, "levels": levels[name]} for name in factors],
        "first": _first(group),
        "blocks": blocks,
        "omitted": refused or "This combination is not in the page; `ablate table --by` gives its numbers.",
    }


def _first(group: TrialGroup) -> list[int]:
    """Return the positions of the two factors that the page shows first: those whose levels differ most."""
    factors = list(group.varying)
    chosen = [factors.index(name) for name in group.most_different(2)]
    return chosen if len(chosen) == 2 else [0, 1]


def _block(group: TrialGroup, factors: Sequence[str]) -> Json:
    block: dict[str, Json] = {"others": [list(pair) for pair in group.other_levels(factors)]}
    for state, arrays in _cells(group, factors, tuple(EVENTS)).items():
        cells = {name: values.ravel() for name, values in arrays.items()}
        thousandths = {name: (1000 * cells[name]).round().astype(int).tolist() for name in ("rate", "low", "high")}
        block |= {"n": cells["n"].tolist(), state: {"k": cells["k"].tolist(), **thousandths}}
    return block
