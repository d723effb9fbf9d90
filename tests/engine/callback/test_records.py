"""What looking costs is a share of the training."""

from __future__ import annotations

import pytest

from ablate.engine.callback.records import Cost


@pytest.mark.parametrize(
    ("cost", "share"),
    [
        (Cost(before=9.0, looking=2.0, finding=7.0, steps=1.5, training=50.0), 0.07),
        (Cost(looking=1.0, steps=0.5, training=0.5), 3.0),
        (Cost(looking=1.0), 0.0),
    ],
)
def test_looks_and_steps_are_counted_and_nothing_else(cost: Cost, share: float) -> None:
    assert cost.share == pytest.approx(share)
