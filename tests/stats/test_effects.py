"""The exact decomposition: additive, unbiased whatever seeds share, and sure of nothing when there is nothing."""

from __future__ import annotations

import numpy as np
import pytest

from ablate.stats import effects, grid


def table(values):
    levels = tuple(tuple(f"l{place}" for place in range(size)) for size in values.shape[:-1])
    return grid.Grid(
        factors=tuple("abcd"[: len(levels)]), levels=levels, seeds=np.arange(values.shape[-1]), values=values, dropped=0
    )


def test_components_add_up_to_the_cells_and_are_orthogonal():
    values = np.random.default_rng(0).random((2, 3, 4, 1))
    whole = values - values.mean()
    parts = {term: effects.component(values, term)[..., 0] for term in effects.terms(3, 3)}
    assert sum((part**2).mean() for part in parts.values()) == pytest.approx((whole**2).mean())
    np.testing.assert_allclose(parts[0, 2].sum(0), 0, atol=1e-12)
    np.testing.assert_allclose(parts[0, 2].sum(1), 0, atol=1e-12)
    rebuilt = parts[0,][:, None, None] + parts[1,][None, :, None] + parts[2,][None, None, :]
    rebuilt = rebuilt + parts[0, 1][:, :, None] + parts[0, 2][:, None, :] + parts[1, 2][None] + parts[0, 1, 2]
    np.testing.assert_allclose(rebuilt, whole[..., 0])


def test_variance_and_shares_have_no_seed_noise_even_when_seeds_are_shared():
    rng = np.random.default_rng(1)
    cells = np.array([[0.2, 0.2], [0.6, 0.6]])[..., None]
    found = []
    for _ in range(400):
        shift = rng.normal(0, 0.15, 6)
        values = (rng.random((2, 2, 6)) < np.clip(cells + shift, 0, 1)).astype(float)
        got = effects.anova(table(values))
        found.append([*got.shares["variance"], got.total])
    mean, error = np.mean(found, 0), np.std(found, 0) / 20
    np.testing.assert_allclose(mean[1:3], 0, atol=4 * error[1:3].max())
    assert mean[0] == pytest.approx(0.04, abs=4 * error[0] + 0.002)
    assert mean[3] == pytest.approx(mean[:3].sum())


def test_levels_are_deviations_of_means():
    values = np.random.default_rng(2).integers(0, 2, (2, 3, 10)).astype(float)
    rows = effects.anova(table(values)).levels.set_index(["term", "level"])
    assert rows.loc[("b", "l1"), "effect"] == pytest.approx(values[:, 1].mean() - values.mean())
    assert list(effects.anova(table(values)).levels.index) == list(range(2 + 3 + 2 * 3))
    pair = values[1, 2].mean() - values[1].mean() - values[:, 2].mean() + values.mean()
    assert rows.loc[("a:b", "l1, l2"), "effect"] == pytest.approx(pair)
    assert (rows["low"] < rows["effect"]).all()
    assert (rows["effect"] < rows["high"]).all()


def test_three_way_terms_on_request_and_the_rest_otherwise():
    values = np.random.default_rng(3).integers(0, 2, (2, 2, 2, 12)).astype(float)
    three, two = effects.anova(table(values), order=3).shares, effects.anova(table(values)).shares
    assert list(three["term"])[-1] == "a:b:c"
    assert list(two["term"])[-1] == "rest"
    assert two["variance"].iloc[-1] == pytest.approx(three["variance"].iloc[-1])
    assert three["variance"].sum() == pytest.approx(effects.anova(table(values)).total)


def test_nothing_at_all_has_a_share_of_anything():
    values = np.random.default_rng(4).integers(0, 2, (2, 3, 15)).astype(float)
    shares = effects.anova(table(values)).shares
    assert (shares["low"] == 0).all()
    assert shares["high"].max() > 0.5


def test_seeds_that_all_say_the_same_leave_no_doubt_and_no_warning():
    """With these numbers the sampling variance is rounded to less than 0."""
    own = np.full((24, 24), 0.18383488740355458)
    found = effects.share(own, own + 0.07425772206542136, 0.95)
    assert found["share"] == pytest.approx(own[0, 0] / (own[0, 0] + 0.07425772206542136))
    assert found["low"] == pytest.approx(found["share"], abs=1 / effects.STEPS)
    assert found["high"] == pytest.approx(found["share"], abs=1 / effects.STEPS)


def test_the_logit_scale_is_finite_where_every_trial_of_a_cell_agrees():
    values = np.zeros((2, 2, 20))
    values[1] = 1
    found = effects.logit_anova(table(values))
    assert np.isfinite(found.levels[["effect", "low", "high"]].to_numpy()).all()
    assert found.shares["share"].iloc[0] == pytest.approx(1)
    assert found.levels["effect"].max() == pytest.approx(np.log(20.5 / 0.5))


def test_an_interaction_of_one_scale_need_not_be_one_of_the_other():
    rng = np.random.default_rng(5)
    odds = np.array([[-4.0, -2.0], [0.0, 2.0]])
    values = (rng.random((2, 2, 800)) < 1 / (1 + np.exp(-odds))[..., None]).astype(float)
    assert effects.anova(table(values)).shares["low"].iloc[2] > 0.01
    assert effects.logit_anova(table(values)).shares["low"].iloc[2] < 0.001


def test_a_share_needs_three_seeds():
    values = np.array([[[0, 0, 1], [0, 0, 0]], [[1, 1, 1], [1, 0, 1]]], float)
    assert not effects.anova(table(values)).shares["share"].isna().any()
    assert effects.anova(table(values[..., :2])).shares["share"].isna().all()
