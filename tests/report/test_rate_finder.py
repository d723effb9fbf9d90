from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ablate.report import pictures
from ablate.report.luck import luck
from ablate.report.rate_finder import longest_run, rate_finder
from ablate.results import study_results
from ablate.results.study_results import Results
from tests import recorded
from tests.report.drawn import described
from tests.synthetic import LOSS, build, factor, study

RATES = {"0.1": 0.1, "0.01": 0.01, "0.001": 0.001, "0.0001": 0.0001}
ENDS = {"0.1": "collapsed", "0.01": "escaped", "0.001": "escaped", "0.0001": "stuck"}


def planted(levels: dict[str, str], _: np.random.Generator) -> str:
    return ENDS[levels["learning_rate"]]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    own = study(factors=(factor("learning_rate", RATES),), seeds=tuple(range(24)), contrasts=(), name="rates")
    return study_results.load(build(tmp_path_factory.mktemp("rates"), own, planted))


def test_the_stable_range_is_where_the_target_is_proven(results: Results) -> None:
    over = rate_finder(results)
    figures = [line for one in (over, luck(results)) for line in described(pictures.figure(one.picture()))]
    recorded.same("rate_finder", "\n".join([over.text(), luck(results).text(), *recorded.lines(over.table), *figures]))
    assert over.table["learning_rate"].tolist() == [0.0001, 0.001, 0.01, 0.1]
    assert over.stable == (0.001, 0.01)
    text = over.text()
    assert "Stable from 0.001 to 0.01: at each of 2 learning rates tried there" in text
    assert "Not beside it: 0.0001 escapes in 0/24" in text
    assert "It collapses most at 0.1: 24/24" in text


def test_few_seeds_prove_nothing(tmp_path: Path) -> None:
    own = study(factors=(factor("learning_rate", RATES),), seeds=(0, 1, 2), contrasts=(), name="few")
    over = rate_finder(study_results.load(build(tmp_path, own, planted)))
    assert over.stable is None
    assert "Stable nowhere" in over.text()


def test_both_answers_are_drawn(results: Results, tmp_path: Path) -> None:
    assert pictures.save(rate_finder(results).picture(), tmp_path).stat().st_size > 10_000
    assert pictures.save(luck(results).picture(), tmp_path).name == "luck.png"


@pytest.mark.parametrize(
    ("states", "says"),
    [
        (["stuck"] * 12, "It is not luck"),
        (["escaped"] * 12, "A plateau would be rare bad luck: at most 24% of seeds"),
        (["escaped"] * 11 + ["stuck"], "It is bad luck: another seed escapes with a chance of 65% or more"),
        (["escaped"] * 6 + ["stuck"] * 6, "Luck decides"),
    ],
)
def test_luck_says_how_often_it_happens_and_what_that_means(tmp_path: Path, states: list[str], says: str) -> None:
    own = study(factors=(factor("loss", {"clipped": LOSS["clipped"]}),), contrasts=(), name="luck")
    left = iter(states)
    answer = luck(study_results.load(build(tmp_path, own, lambda *_: next(left))))
    assert (answer.n, answer.escaped) == (12, states.count("escaped"))
    assert says in answer.text()


@pytest.mark.parametrize(
    ("holds", "run"), [("110100", (0, 1)), ("0110111", (4, 6)), ("0110110", (1, 2)), ("000", None), ("1", (0, 0))]
)
def test_the_longest_run_is_the_first_of_the_longest(holds: str, run: tuple[int, int] | None) -> None:
    assert longest_run(np.array([one == "1" for one in holds])) == run
