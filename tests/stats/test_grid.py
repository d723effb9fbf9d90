"""Full grids as arrays, and the trials that are none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ablate.core.errors import ConfigError
from ablate.stats import grid


def frame():
    rows = [(a, b, seed, float(seed)) for a in "xy" for b in "pq" for seed in range(3)]
    return pd.DataFrame(rows, columns=["a", "b", "seed", "value"])


def test_a_grid_is_filled_by_name_and_keeps_the_seeds_that_all_have():
    data = frame().drop(index=11).sample(frac=1, random_state=0)
    data["a"] = pd.Categorical(data["a"], categories=["y", "x"], ordered=True)
    found = grid.grid(data, ["a", "b"], data["value"].to_numpy())
    assert found.levels[0] == ("y", "x")
    assert (list(found.seeds), found.dropped) == ([0, 1], 1)
    np.testing.assert_array_equal(found.values[0, 1], [0, 1])


def test_what_is_no_full_grid_is_refused():
    data = frame()
    hole = data[~((data["a"] == "x") & (data["b"] == "q"))]
    assert (grid.missing(data, ["a", "b"]), grid.missing(hole, ["a", "b"])) == (0, 1)
    with pytest.raises(ConfigError, match=r"Combinations without a trial: 1\.$"):
        grid.grid(hole, ["a", "b"], hole["value"].to_numpy())
    twice = pd.concat([data, data.head(1)])
    with pytest.raises(ConfigError, match="one trial per seed"):
        grid.grid(twice, ["a", "b"], twice["value"].to_numpy())
