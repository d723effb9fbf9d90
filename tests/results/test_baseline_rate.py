"""The escape rate of a study's baseline, as a pilot gives it."""

from __future__ import annotations

import dataclasses

import pytest

from ablate.core.errors import ConfigError
from ablate.results import baseline_rate
from ablate.results.study_results import Results
from ablate.stats.rates import wilson


def test_it_is_that_of_the_one_setting_with_every_factor_at_its_baseline(results: Results) -> None:
    rows = results.trials.query(
        "loss == 'clipped' and learning_rate == '0.1' and width == '64' and normalization == 'off'"
    ).index
    trials = results.trials.assign(escaped=False, state="stuck")
    trials.loc[rows[:5], ["escaped", "state"]] = [True, "escaped"]
    rate, low, high = baseline_rate.of(dataclasses.replace(results, trials=trials))
    assert (rate, low, high) == pytest.approx((5 / 12, *(float(end) for end in wilson(5, 12))))
    others = dataclasses.replace(results, trials=results.trials.drop(rows))
    with pytest.raises(ConfigError, match="Received planted, which has no trial of it"):
        baseline_rate.of(others)
