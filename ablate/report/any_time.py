"""Compare levels on all their seeds, validly at any time, where results decide how many seeds there are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ablate.core.study import ALL_AT_ONCE
from ablate.report.page_parts import Table, TableFile, table
from ablate.report.section_inputs import Inputs
from ablate.report.trial_groups import TrialGroup
from ablate.stats import at_baseline, betting
from ablate.stats.pairs import blocks, pair

COLUMNS = ("factor", "level", "against", "seeds", "gained", "lost", "difference", "e_value", "any_time_p", "differs")

CAPTION = "Comparisons with the baseline that are valid at any time"


def wanted(inputs: Inputs) -> bool:
    """Tell whether results decide how many seeds are compared: they are spent in blocks, or the study is unfinished."""
    results = inputs.results
    unfinished = results.planned is not None and len(results.trials) < results.planned
    return unfinished or results.study.spending["kind"] != ALL_AT_ONCE


def parts(inputs: Inputs, group: TrialGroup) -> Iterator[Table | TableFile | str]:
    """Yield the table of comparisons with the baseline, and what it shows.

    Args:
        inputs: the study.
        group: the trials.
    """
    shown = frame(inputs, group)
    if not len(shown):
        return
    differ = int((shown["differs"] != "").sum())
    note = (
        "All seeds that both levels have count, also those that results decided on, and you may look as often as you "
        "like. The e-value is the capital won by betting against equal rates; 1 divided by the largest capital is a "
        "p-value that is valid at any time. "
        f"{differ} of {len(shown)} levels differ from the baseline (e-BH, false discovery rate 5 %)."
    )
    yield table(shown, f"{group.title}: each level at the baseline, valid at any time", note=note)
    yield TableFile(name="any_time", caption=CAPTION, frame=shown.assign(stratum=group.title))


def frame(inputs: Inputs, group: TrialGroup) -> pd.DataFrame:
    """Return one row a level that was run at the baseline, with its evidence against the baseline's level.

    Args:
        inputs: the study.
        group: the trials.
    """
    names, baseline = list(group.varying), inputs.baseline
    order = {seed: at for at, seed in enumerate(inputs.results.study.pool)}
    trials = at_baseline.single_changes(group.trials, names, baseline)
    rows = []
    for factor in names if len(trials) else ():
        lined = blocks(trials, names, factor, (trials["state"] == "escaped").to_numpy(float))
        in_order = np.argsort([order.get(int(seed), len(order)) for seed in lined.seeds], kind="stable")
        for level in lined.levels if baseline[factor] in lined.levels else ():
            one, other = pair(lined, level, baseline[factor])
            if level == baseline[factor] or not len(one):
                continue
            gaps = betting.seed_differences(one[:, in_order], other[:, in_order])
            gaps = gaps[~np.isnan(gaps)]
            numbers = len(gaps), int((gaps > 0).sum()), int((gaps < 0).sum()), float(gaps.mean())
            rows.append((factor, level, baseline[factor], *numbers, betting.e_value(gaps), betting.any_time_p(gaps)))
    if not rows:
        return pd.DataFrame(columns=list(COLUMNS))
    result = pd.DataFrame(rows, columns=list(COLUMNS[:-1]))
    return result.assign(differs=np.where(betting.e_bh(result["e_value"].to_numpy()), "yes", ""))
