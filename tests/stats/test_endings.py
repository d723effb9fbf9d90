from __future__ import annotations

import math

import numpy as np
import pytest

from ablate.outcomes.curves import Curves
from ablate.stats import endings


def curves(**changes: list[float]) -> Curves:
    signals = {name: [1.0] * 6 for name in ("step", "correct", "accuracy", "finite", *endings.SIGNALS)}
    signals |= {
        "train_loss": [14.5] * 6,
        "loss": [3.0, 9.0, 9.0, 14.5061, 14.5062, 14.5066],
        "zero_gradient_share": [0.0] * 3 + [0.9] * 3,
    }
    signals |= {"dead_share_1": [0.0] * 6, "dead_share_2": [0.5] * 6, **changes}
    return Curves(id="x", signals={name: np.array(values, np.float32) for name, values in signals.items()})


def test_an_ending_is_the_mean_of_the_last_three_looks():
    found = endings.ending(curves(), classes=10)
    assert found.fingerprint == "clip_trap"
    assert found.signals["loss"] == 14.51
    assert found.signals["zero_gradient_share"] == pytest.approx(0.9)
    assert found.signals["dead_share"] == 0.5


def test_what_is_not_finite_or_not_there_stays_so():
    assert math.isnan(endings.ending(curves(loss=[1.0] * 5 + [math.nan]), classes=10).signals["loss"])
    assert math.isnan(endings.ending(Curves(id="x", signals={}, message="no"), classes=2).signals["loss"])


def test_a_table_has_a_row_a_trial():
    frame = endings.table([curves(), curves()], classes=4)
    assert list(frame.columns) == ["id", "fingerprint", "classes", *endings.SIGNALS, endings.DEAD]
    assert (frame["classes"] == 4).all()
    assert frame["loss"].dtype == np.float32
