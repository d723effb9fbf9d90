from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ablate.core.errors import ConfigError
from ablate.stats import pairs


def test_two_trials_of_one_setting_and_seed_are_refused():
    rows = [(loss, width, seed) for loss in "ab" for width in ("narrow", "wide") for seed in range(3)]
    data = pd.DataFrame([*rows, rows[0]], columns=["loss", "width", "seed"])
    with pytest.raises(ConfigError, match="one trial per seed"):
        pairs.blocks(data, ["loss", "width"], "loss", np.zeros(len(data)))


def test_pairs_are_of_one_seed_and_equal_levels_of_all_other_factors():
    rows = [("a", "narrow", 0, 1.0), ("b", "narrow", 0, 0.0), ("b", "narrow", 1, 1.0), ("a", "wide", 0, 1.0)]
    data = pd.DataFrame(rows, columns=["loss", "width", "seed", "escaped"])
    lined = pairs.blocks(data, ["loss", "width"], "loss", data["escaped"].to_numpy())
    one, other = pairs.pair(lined, "a", "b")
    np.testing.assert_array_equal(one, [[1.0, np.nan]])
    np.testing.assert_array_equal(other, [[0.0, np.nan]])
