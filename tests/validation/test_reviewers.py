"""The checks of what reviewers ask, at a reduced size, and that they can fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from ablate.stats import betting, new_task
from validation import reviewers
from validation.coverage import Check

DEAR = pytest.mark.slow


@pytest.mark.parametrize(
    ("kind", "studies"),
    [
        (reviewers.powers, 160),
        (reviewers.any_time, 160),
        pytest.param(reviewers.gaps, 160, marks=DEAR),
        pytest.param(reviewers.equivalences, 160, marks=DEAR),
    ],
)
def test_what_is_promised_holds(kind: Callable[..., Iterator[Check]], studies: int) -> None:
    for check in kind(np.random.default_rng(7), studies):
        assert check.ok or check.error == 0, check


def test_predictions_hold_and_those_that_ignore_tasks_do_not(monkeypatch) -> None:
    for check in reviewers.tasks(np.random.default_rng(7), 400):
        assert check.ok, check
    plain = new_task.predict

    def ignorant(effects, variances):
        over = plain(effects, variances)
        return type(over)(**{**vars(over), "new_low": over.low, "new_high": over.high})

    monkeypatch.setattr(new_task, "predict", ignorant)
    assert not all(check.ok for check in reviewers.tasks(np.random.default_rng(7), 400))


def test_looking_without_a_bet_fails_the_same_check() -> None:
    checks = [check for check in reviewers.any_time(np.random.default_rng(7), 400) if "McNemar" in check.check]
    assert max(check.value for check in checks) > 0.05
    assert betting.ERROR == 0.05
