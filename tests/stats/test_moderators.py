"""By what a difference varies most, on made-up trials whose parts are set in advance."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from ablate.core.errors import ConfigError
from ablate.core.study import Contrast
from ablate.stats import families
from ablate.stats.moderators import moderator, parts
from ablate.stats.pairs import Blocks, blocks

FACTORS = ("loss", "optimizer", "rate")


def trials(escapes: Callable[[str, str, str, int], bool]) -> pd.DataFrame:
    rows = [
        (*setting, seed, "escaped" if escapes(*setting, seed) else "stuck")
        for setting in itertools.product(("fused", "clipped"), ("adam", "sgd", "rmsprop"), ("0.1", "0.2"))
        for seed in range(10)
    ]
    return pd.DataFrame(rows, columns=[*FACTORS, "seed", "state"])


def lined(frame: pd.DataFrame) -> Blocks:
    return blocks(frame, FACTORS, "loss", (frame["state"] == "escaped").to_numpy(float))


def opposite(loss: str, optimizer: str, rate: str, seed: int) -> bool:
    """Fused helps Adam, hurts SGD, and RMSprop in three of ten seeds at one of two rates."""
    if optimizer == "rmsprop":
        return loss == "fused" and rate == "0.2" and seed < 3
    return (loss == "fused") == (optimizer == "adam")


def test_opposite_parts_of_a_mean_of_nothing_are_told() -> None:
    frame = trials(opposite)
    found = moderator(lined(frame), "fused", "clipped")
    assert found is not None
    assert found.factor == "optimizer"
    assert dict(found.differences) == pytest.approx({"sgd": -1.0, "rmsprop": 0.15, "adam": 1.0})
    assert [name for name, _ in found.differences] == ["sgd", "rmsprop", "adam"]
    (row,) = families.declared(frame, FACTORS, [Contrast(factor="loss", level="fused", against="clipped")]).to_dict(
        "records"
    )
    assert row["parts"] == "optimizer: sgd -1.00, rmsprop +0.15, adam +1.00"
    assert row["estimate"] == pytest.approx(0.05)


def test_parts_that_hardly_differ_are_not_told() -> None:
    one_of_sixty = trials(
        lambda loss, optimizer, rate, seed: (loss, optimizer, rate, seed) == ("fused", "sgd", "0.1", 0)
    )
    assert parts(lined(one_of_sixty), "fused", "clipped") == ""
    assert moderator(lined(one_of_sixty), "fused", "clipped") is not None


def test_only_settings_with_both_levels_are_parts() -> None:
    frame = trials(opposite)
    lacking = frame[~((frame["loss"] == "clipped") & (frame["optimizer"] == "sgd"))]
    found = moderator(lined(lacking), "fused", "clipped")
    assert found is not None
    assert [name for name, _ in found.differences] == ["rmsprop", "adam"]


def test_one_setting_has_no_parts_and_an_unknown_level_is_an_error() -> None:
    frame = trials(opposite)
    own = lined(frame[(frame["optimizer"] == "adam") & (frame["rate"] == "0.1")])
    assert moderator(own, "fused", "clipped") is None
    assert np.isnan(own.values).sum() == 0
    with pytest.raises(ConfigError, match="fused"):
        moderator(own, "fusde", "clipped")
