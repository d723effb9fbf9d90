"""Tables of contrasts: their corrections, and which trials they compare."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from ablate.core.errors import ConfigError
from ablate.core.study import Contrast
from ablate.stats import families


def frame(rate, *, seeds=12, seed=0, skip=()):
    rng = np.random.default_rng(seed)
    rows = [
        (loss, width, number, "escaped" if rng.random() < rate(loss, width) else "stuck")
        for loss, width, number in itertools.product("abc", ("narrow", "wide"), range(seeds))
        if (loss, width) not in skip
    ]
    return pd.DataFrame(rows, columns=["loss", "width", "seed", "state"])


def test_declared_contrasts_are_held_by_holm_and_screens_by_benjamini_hochberg():
    data = frame(lambda loss, _: {"a": 0.2, "b": 0.5, "c": 0.9}[loss])
    asked = [Contrast(factor="loss", level=each, against="a", question="why") for each in "bc"]
    declared = families.declared(data, ["loss", "width"], asked)
    np.testing.assert_allclose(declared["adjusted_p"], multipletests(declared["p"], method="holm")[1])
    assert list(declared["correction"]) == ["holm"] * 2
    assert list(declared["shares"]) == ["weights and order"] * 2
    screened = families.screen(data, ["loss", "width"], {"loss": "a", "width": "narrow"})
    assert len(screened) == 3
    np.testing.assert_allclose(screened["adjusted_p"], stats.false_discovery_control(screened["p"]))
    wide = data[data["width"] == "wide"].set_index(["loss", "seed"])["state"] == "escaped"
    narrow = data[data["width"] == "narrow"].set_index(["loss", "seed"])["state"] == "escaped"
    row = screened[screened["factor"] == "width"].iloc[0]
    assert row["estimate"] == pytest.approx(wide.mean() - narrow.mean())
    assert row["gained"] == (wide & ~narrow).sum()


def test_a_contrast_is_made_where_it_says():
    data = frame(lambda loss, width: 1.0 if (loss, width) == ("b", "wide") else 0.0)
    asked = [
        Contrast(factor="loss", level="b", against="a", at={"width": [width]}, expect="more")
        for width in ("wide", "narrow")
    ]
    declared = families.declared(data, ["loss", "width"], asked)
    assert list(declared["estimate"]) == [1.0, 0.0]
    assert list(declared["strata"]) == [1, 1]
    assert list(declared["method"]) == ["tango"] * 2
    assert list(declared["at"]) == ["width=wide", "width=narrow"]
    assert set(declared["expect"]) == {"more"}
    everywhere = Contrast(factor="loss", level="b", against="a", at={"width": ["wide", "narrow"]})
    assert families.declared(data, ["loss", "width"], [everywhere])["estimate"].iloc[0] == 0.5
    with pytest.raises(ConfigError, match="Unknown factor"):
        families.declared(data, ["loss"], [Contrast(factor="loss", level="b", against="a", at={"depth": ["1"]})])


def test_only_settings_that_have_both_levels_are_compared():
    data = frame(lambda *_: 0.5, skip={("b", "wide")})
    declared = families.declared(data, ["loss", "width"], [Contrast(factor="loss", level="b", against="a")])
    assert declared["strata"].iloc[0] == 1
    only = data[(data["loss"] + data["width"]).isin(["bnarrow", "awide"])]
    with pytest.raises(ConfigError, match="No setting was run both with b and with a: add both to the design"):
        families.declared(only, ["loss", "width"], [Contrast(factor="loss", level="b", against="a")])
