from __future__ import annotations

import numpy as np
import pytest

from validation import stopped_search
from validation.coverage import Check


def named(checks: list[Check], part: str) -> list[float]:
    return [check.value for check in checks if part in check.check]


def test_a_search_that_is_stopped_claims_what_holds() -> None:
    checks = list(stopped_search.everything(np.random.default_rng(3), 2, stops=2))
    assert all(check.ok for check in checks)
    assert all(value > 1 for value in named(checks, "claims tested")), "otherwise nothing was put to the test"


def test_claims_on_seeds_of_the_choice_would_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bound without confidence, as of the raw rate, is above the truth in about half of the claims."""
    monkeypatch.setattr(stopped_search, "lower", lambda escaped, n, _: escaped / n)
    checks = list(stopped_search.everything(np.random.default_rng(3), 2, stops=1))
    assert not all(check.ok for check in checks if "bound" in check.check)
