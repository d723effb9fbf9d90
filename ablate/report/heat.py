"""Rates over any two factors, and over two in small multiples by a third."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from ablate.core.study import Json
from ablate.report.figure_data import HeatInfo
from ablate.report.strata import Stratum
from ablate.stats import rates

TRIPLES = 40
"""So many combinations of three factors are held in the page; the first ones, in the study's order of factors."""

CELLS = 40_000
"""So many cells of all combinations together."""


def levels_of(trials: pd.DataFrame, factor: str) -> list[str]:
    """The levels that occur, in the study's order."""
    return [str(name) for name in trials[factor].cat.remove_unused_categories().cat.categories]


def block(stratum: Stratum, factors: Sequence[str], state: str) -> dict[str, np.ndarray]:
    """`k`, `n`, `low`, `high` of a state's rate as arrays with one axis a factor; n = 0 where nothing ran."""
    found = rates.table(stratum.comparable(factors), list(factors), state=state)
    axes = [levels_of(stratum.trials, name) for name in factors]
    shape = tuple(map(len, axes))
    at = tuple(
        np.array([place[str(level)] for level in found[name]])
        for name, place in zip(factors, [{level: i for i, level in enumerate(axis)} for axis in axes], strict=True)
    )
    arrays = {"k": np.zeros(shape, int), "n": np.zeros(shape, int), "low": np.zeros(shape), "high": np.ones(shape)}
    for name, column in {"k": state, "n": "n", "low": "low", "high": "high"}.items():
        arrays[name][at] = found[column].to_numpy()
    return arrays


def info(stratum: Stratum, down: str, across: str, state: str, target: float) -> HeatInfo:
    """One map, ready to be drawn."""
    found = block(stratum, [down, across], state)
    open_cells = (found["low"] < target) & (found["high"] >= target) & (found["n"] > 0) & (state == "escaped")
    what = {"escaped": "escape", "collapsed": "collapse"}[state]
    return HeatInfo(
        title=f"{stratum.title}: {what} rate by {down} and {across}",
        what=what,
        down=down,
        across=across,
        down_levels=tuple(levels_of(stratum.trials, down)),
        across_levels=tuple(levels_of(stratum.trials, across)),
        undecided=open_cells,
        **found,
    )


def blocks(stratum: Stratum) -> Json:
    """Every pair and as many triples as the page may hold, for its pickers; limits in thousandths."""
    factors = list(stratum.varying)
    sizes = [len(levels_of(stratum.trials, name)) for name in factors]
    chosen: list[tuple[int, ...]] = list(itertools.combinations(range(len(factors)), 2))
    chosen += list(itertools.combinations(range(len(factors)), 3))[:TRIPLES]
    found: dict[str, Json] = {}
    cells = 0
    for places in chosen:
        cells += int(np.prod([sizes[place] for place in places]))
        if cells > CELLS:
            break
        found[",".join(map(str, places))] = _block(stratum, [factors[place] for place in places])
    return {
        "title": stratum.title,
        "within": dict(stratum.within),
        "factors": [{"name": name, "levels": levels_of(stratum.trials, name)} for name in factors],
        "blocks": found,
        "omitted": "This combination is left out of the page; `ablate table --by` gives its numbers.",
    }


def _block(stratum: Stratum, factors: Sequence[str]) -> Json:
    made: dict[str, Json] = {}
    for state in ("escaped", "collapsed"):
        arrays = block(stratum, factors, state)
        made["n"] = arrays["n"].ravel().tolist()
        made[state] = {
            "k": arrays["k"].ravel().tolist(),
            "low": (1000 * arrays["low"].ravel()).round().astype(int).tolist(),
            "high": (1000 * arrays["high"].ravel()).round().astype(int).tolist(),
        }
    made["company"] = [list(pair) for pair in stratum.company(factors)]
    return made
