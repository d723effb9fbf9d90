"""The worlds of incomplete grids have the effects that they say, and the model finds them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from ablate.stats import model
from validation import odds


@pytest.mark.parametrize("world", odds.WORLDS)
def test_rates_are_additive_in_the_log_odds(world: str) -> None:
    drawn = odds.draw(np.random.default_rng(7), world, 50, 400).mean((0, 2))
    cells = odds.settings()
    log_odds = sum(np.array(values)[cells[:, axis]] for axis, values in enumerate(odds.LEVELS.values())) - 0.5
    assert drawn == pytest.approx(special.expit(log_odds), abs=0.03)


def test_seeds_are_unlike_each_other_in_one_level_or_in_all() -> None:
    rng, last = np.random.default_rng(7), odds.settings()[:, 0] == 1
    every, one = (odds.draw(rng, world, 20, 200) for world in odds.WORLDS[1:])
    assert (every.sum(1) == 0).mean() > 0.08
    of_level, of_other = ((one[:, here].sum(1) == 0).mean() for here in (last, ~last))
    assert of_level > 0.09 > 0.06 > of_other


def test_the_model_of_such_trials_has_the_effects() -> None:
    (outcomes,) = odds.draw(np.random.default_rng(7), odds.WORLDS[0], 60, 1)
    fit = model.logistic(odds.as_trials(outcomes), list(odds.LEVELS), order=1)
    effects = fit.effects.set_index(["term", "level"])["effect"]
    assert effects["a", "q"] == pytest.approx(0.6, abs=0.25)
    assert effects["c", "p"] == pytest.approx(-0.9, abs=0.35)
    assert fit.clustered
