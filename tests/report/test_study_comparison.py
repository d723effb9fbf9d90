from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import fisher_exact

from ablate.core.study import Json
from ablate.report import study_comparison
from ablate.results import study_results
from ablate.results.study_results import Results
from ablate.stats import unpaired
from tests import recorded
from tests.synthetic import LOSS, build, factor, study


def load(folder: Path, name: str, better: str = "", **changes: object) -> Results:
    own = study(factors=(factor("loss", LOSS),), name=name, contrasts=(), **changes)

    def plan(levels: dict[str, str], _rng: np.random.Generator) -> str:
        return "escaped" if levels["loss"] in ("fused", better) else "stuck"

    return study_results.load(build(folder, own, plan))


def test_a_study_compared_with_itself_has_not_changed(tmp_path: Path) -> None:
    one = load(tmp_path, "one")
    found = study_comparison.compare(one, one)
    assert len(found.pairs) == found.same_ids == len(one.trials)
    assert (found.settings["changed"] == 0).all()
    assert found.whole is not None
    assert found.whole.estimate == 0
    assert found.whole.low < 0 < found.whole.high
    assert found.apart == ()


def test_what_changed_is_found_paired_and_corrected(tmp_path: Path) -> None:
    found = study_comparison.compare(load(tmp_path, "one"), load(tmp_path, "two", better="mse"))
    moved = found.settings[found.settings["adjusted_p"] < 0.05]
    assert list(moved["loss"]) == ["mse"]
    assert moved["difference"].iloc[0] == 1.0
    assert moved["low"].iloc[0] > 0
    assert found.settings["changed"].tolist() == [0, 0, 12]
    assert (found.settings["adjusted_p"] >= found.settings["p"]).all()
    assert found.whole is not None
    assert (found.whole.gained, found.whole.lost) == (12, 0)


def test_rates_of_studies_without_a_common_seed_are_compared_unpaired(tmp_path: Path) -> None:
    """3 of 12 trials escape with `mse` in the first study, 6 of 8 in the second; `clipped` is stuck in both."""

    def rates(name: str, seeds: range, escaped: int, losses: dict[str, Json]) -> Results:
        factors = (factor("loss", losses), factor("width", {"16": 16}))
        own = study(factors=factors, name=name, contrasts=(), seeds=tuple(seeds))
        ends = iter(["escaped"] * escaped + ["stuck"] * (len(seeds) - escaped))

        def plan(levels: dict[str, str], _rng: np.random.Generator) -> str:
            return next(ends) if levels["loss"] == "mse" else "stuck" if levels["loss"] == "clipped" else "escaped"

        return study_results.load(build(tmp_path, own, plan))

    one = rates("one", range(12), 3, LOSS)
    others = {"keras": {"kind": "keras"}, "mse": LOSS["mse"], "clipped": LOSS["clipped"]}
    seen = study_comparison.compare(one, rates("two", range(12, 20), 6, others))
    assert seen.whole is None
    assert list(seen.settings)[:2] == ["loss", "n_first"], "one width is no column, and none is an index"
    rows = seen.settings.set_index("loss")
    assert rows.loc["mse", ["n_first", "n_second", "escaped_first", "escaped_second"]].tolist() == [12, 8, 3, 6]
    assert rows["difference"].to_dict() == {"clipped": 0.0, "mse": 6 / 8 - 3 / 12}
    p = fisher_exact([[3, 9], [6, 2]]).pvalue
    assert rows["p"].to_dict() == pytest.approx({"clipped": 1.0, "mse": p})
    assert rows["adjusted_p"].to_dict() == pytest.approx({"clipped": 1.0, "mse": 2 * p})
    low, high = unpaired.newcombe((np.array([3]), np.array([6])), (np.array([12]), np.array([8])))
    assert rows.loc["mse", ["low", "high"]].tolist() == pytest.approx([low[0], high[0]])
    assert seen.gap is not None
    assert (seen.gap.settings, seen.gap.first_seeds, seen.gap.second_seeds) == (2, 12, 8)
    assert seen.gap.estimate == pytest.approx(0.5 / 2)


def test_trials_without_a_partner_are_counted(tmp_path: Path) -> None:
    found = study_comparison.compare(load(tmp_path, "one"), load(tmp_path, "two", seeds=tuple(range(6, 15))))
    assert (len(found.pairs), found.only_first, found.only_second) == (18, 18, 9)


def test_levels_pair_by_parameters_whatever_they_are_called(tmp_path: Path) -> None:
    one = load(tmp_path, "one")
    renamed = study(
        factors=(factor("loss", {f"my {name}": params for name, params in LOSS.items()}),), name="two", contrasts=()
    )
    two = study_results.load(build(tmp_path, renamed, lambda *_: "stuck"))
    found = study_comparison.compare(one, two)
    assert found.same_ids == 36
    assert "clipped" in set(found.settings["loss"])


def test_a_factor_that_is_fixed_apart_is_what_is_compared(tmp_path: Path) -> None:
    folders = []
    for name, width in (("narrow", 32), ("wide", 256)):
        own = study(
            factors=(factor("loss", LOSS), factor("width", {str(width): width})), name=name, contrasts=(), seeds=(0, 1)
        )
        folders.append(study_results.load(build(tmp_path, own, lambda *_: "stuck")))
    found = study_comparison.compare(*folders)
    assert found.apart == (("width", "32", "256"),)
    assert len(found.pairs) == 6
    assert found.same_ids == 0
    (line,) = [line for line in found.summary() if "width" in line]
    assert line == "The studies differ in width: 32 in the first, 256 in the second."


@pytest.mark.parametrize("name", ["one", "two"])
def test_equal_names_are_told_apart(tmp_path: Path, name: str) -> None:
    first, second = load(tmp_path / "a", name, seeds=(0,)), load(tmp_path / "b", name, seeds=(0,))
    found = study_comparison.compare(first, second)
    assert found.first != found.second


def test_a_factor_that_one_study_lacks_is_at_its_neutral_level_there(tmp_path: Path) -> None:
    """Trials pair with those at the level that changes nothing, and the others have no partner."""
    levels = {"off": {"kind": "off"}, "batch": {"kind": "batch"}}
    losses = factor("loss", LOSS)
    without = study(factors=(losses,), name="without", contrasts=(), seeds=(0, 1))
    has = study(factors=(losses, factor("normalization", levels)), name="with", contrasts=(), seeds=(0, 1))
    one, two = (study_results.load(build(tmp_path, own, lambda *_: "stuck")) for own in (without, has))
    for first, second, only in ((one, two, (0, 6)), (two, one, (6, 0))):
        found = study_comparison.compare(first, second)
        assert len(found.pairs) == 6
        assert (found.only_first, found.only_second) == only
        assert found.apart == ()


def test_seeds_that_results_chose_are_left_out_and_counted(tmp_path: Path) -> None:
    spent = {"kind": "sequential", "target": 0.8, "block": 4, "cap": 12, "confidence": 0.95}
    one, two = (load(tmp_path / name, name, better="mse", spending=spent) for name in ("one", "two"))
    undecided = one.trials["seed"].lt(4) | (one.trials["loss"] == "mse")
    found = study_comparison.compare(dataclasses.replace(one, trials=one.trials[undecided]), two)
    assert (len(found.pairs), found.chosen, found.only_second) == (12, 8 + 24, 0)
    assert "Left out are 32 trials on seeds that only some settings got, because of their results." in found.summary()
    assert study_comparison.compare(load(tmp_path, "three"), load(tmp_path, "four")).chosen == 0


def test_the_words_say_which_interval_and_which_family(tmp_path: Path) -> None:
    said = study_comparison.compare(load(tmp_path, "one"), load(tmp_path, "two", better="mse")).text()
    recorded.same("comparison", said)
    assert "95 % interval over 12 seeds; 36 pairs, 12 gained, 0 lost" in said
    assert "p = 0.00049 if the studies are exchangeable within a seed" in said
    assert "1 of 3 settings changed beyond noise (McNemar's exact test, Benjamini-Hochberg over these settings" in said
