"""Make the table of a study's settings: states, escape rate, accuracy and median time, a row a setting or group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ablate.core.errors import ConfigError, unknown
from ablate.remedies.start import START
from ablate.results import accuracies, start_states
from ablate.stats import seed_spending

if TYPE_CHECKING:
    import pandas as pd

    from ablate.results.study_results import Results


CHOSEN = (
    "Rates can be pooled over settings that a design chose. A search chose these settings by their results, so a rate "
    "over them would be that of its choices. Leave out `by` for each setting's own rate, or sweep a design."
)


def table(results: Results, by: Sequence[str] | None = None) -> pd.DataFrame:
    """Return one row per setting, or per group of settings.

    A setting's row counts all its seeds. A group's row counts its settings equally. Where results decide how many seeds
    a setting gets, it counts the trials on those seeds that every setting gets, and `n` is their number.

    Args:
        results: the study's results.
        by: factors whose levels make the groups; every factor that varies by default.

    Returns:
        Columns: the grouping factors by level name; `start` and `start_state` if some trials do not start from
        fresh weights, because prevention and rescue are never pooled; `n` trials; one column per state; `escape_rate`
        with its interval `low`, `high` (one setting: `seed_spending.interval`, which holds at every look; a group:
        `rates.pooled`, over seeds); `accuracy` at the end, the median, with `accuracy_min` and `accuracy_max`;
        `median_time` in steps, NaN if fewer than half escape.

    Raises:
        ConfigError: `by` names a factor that the study does not have; or a search chose the settings, and rates are to
            be pooled over them.
    """
    from ablate.outcomes.states import STATES
    from ablate.stats import rates

    names = [factor.name for factor in results.study.factors]
    for name in by or ():
        if name not in names:
            raise ConfigError(unknown("factor", name, names))
    keys = list(dict.fromkeys(by or results.varying or names[:1]))
    keys += [key for key in _never_pooled(results) if key not in keys]
    trials = start_states.alike(results.study, results.trials)
    whole = set(results.varying) <= set(keys)
    if not whole:
        if results.searched:
            raise ConfigError(CHOSEN)
        trials = seed_spending.comparable(results.study, trials)
    rows = rates.table(trials, keys).rename(columns={"rate": "escape_rate"})
    if whole:
        bounds, _ = seed_spending.interval(results.study)
        rows["low"], rows["high"] = bounds(rows["escaped"].to_numpy(), rows["n"].to_numpy())
    rows = rows.merge(_median_times(trials, keys), on=keys, how="left", validate="1:1")
    rows = rows.merge(accuracies.by_group(trials, keys), on=keys, how="left", validate="1:1")
    shown = [*keys, "n", *STATES, "escape_rate", "low", "high", *accuracies.COLUMNS, "median_time"]
    return rows.sort_values(keys, kind="stable")[shown].reset_index(drop=True)


def later_trials(results: Results, by: Sequence[str] | None = None) -> int:
    """Return how many trials `table` leaves out of rates over several settings, because results chose their seeds.

    Args:
        results: the study's results.
        by: factors whose levels make the groups; every factor that varies by default.
    """
    if set(results.varying) <= set(by or results.varying):
        return 0
    return len(results.trials) - len(seed_spending.comparable(results.study, results.trials))


def _never_pooled(results: Results) -> list[str]:
    """Return the columns over which no rate is pooled: `start` if it varies, `start_state` if it is not empty."""
    keys = [START] if START in results.varying else []
    start_state = start_states.alike(results.study, results.trials)["start_state"]
    return keys + (["start_state"] if (start_state != "").any() else [])


def _median_times(trials: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return per group the step by which half of its trials had escaped for good; NaN if fewer than half did."""
    times = trials["time"].where(trials["escaped"], float("inf"))
    # The lower median: with an even number of trials, half of them have escaped by it.
    middle = times.groupby([trials[key] for key in keys], observed=True).quantile(0.5, interpolation="lower")
    return middle.replace(float("inf"), float("nan")).rename("median_time").reset_index()
