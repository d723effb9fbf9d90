"""The chance level: what luck wins, what it cannot tell, and that it depends on the task alone."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from ablate.core.errors import TaskError
from ablate.outcomes import chance_level, null_networks
from ablate.outcomes.chance_level import Chance, findings, measure
from ablate.tasks import Task, load
from ablate.tasks._task import Examples, assemble

SOME = Chance(rows=256, classes=10, majority=0.1, luck=0.1914, reference=0.98)
CLOSE = Chance(rows=30, classes=2, majority=0.5, luck=0.3, reference=0.6)


def task_of(inputs: np.ndarray, labels: np.ndarray, probe: np.ndarray | None = None) -> Task:
    names = tuple(str(label) for label in range(labels.max() + 1))
    return assemble({"kind": "npz"}, Examples(inputs=inputs, labels=labels, class_names=names, probe_rows=probe))


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure on fewer networks, and anew in each test."""
    monkeypatch.setattr(null_networks, "NETWORKS", 60)
    monkeypatch.setattr(chance_level, "_MEASURED", {})


def test_luck_wins_a_share_of_what_a_start_leaves() -> None:
    assert (SOME.constant, SOME.count, SOME.bar(0), SOME.bar(26)) == (26, 70, 70, 70)
    assert SOME.bar(100) == 100 + int(0.1914 * 156), "a network that starts high by luck must win as large a share"
    assert SOME.bar(256) == 256
    assert SOME.level == 70 / 256


def test_a_rule_is_named_by_its_numbers() -> None:
    assert replace(SOME).rule == SOME.rule
    assert replace(SOME, luck=0.2).rule != SOME.rule


@pytest.mark.parametrize("kind", ["words", "blobs", "spirals", "checkerboard", "digits"])
def test_default_tasks_have_room_between_luck_and_learning(kind: str) -> None:
    task = load({"kind": kind})
    chance = measure(task)
    assert findings(chance) == []
    assert chance.rows == 256
    assert chance.reference >= 0.95
    assert 1 / task.classes < chance.level < 0.65
    assert chance.p <= 0.005


def test_the_level_depends_on_the_content_alone() -> None:
    rng = np.random.default_rng(0)
    inputs, labels = rng.normal(size=(120, 3)), np.arange(120) % 2
    first = measure(task_of(inputs, labels))
    assert measure(task_of(inputs.copy(), labels.copy())) is first
    chance_level._MEASURED.clear()
    assert measure(task_of(inputs, labels)) == first


def test_guesses_of_different_inputs_are_a_binomial() -> None:
    rng = np.random.default_rng(0)
    task = task_of(rng.normal(size=(600, 2)), np.arange(600) % 2, np.arange(200))
    luck = chance_level._luck_of_guesses(task)
    assert luck == pytest.approx((binom.isf(chance_level.LUCKY, 200, 0.5) - 100) / 100, abs=0.03)


def test_equal_inputs_are_guessed_alike() -> None:
    inputs = np.arange(600.0).reshape(-1, 1) // 1 % 4
    task = task_of(inputs, (np.arange(600) % 4 // 2), np.arange(200))
    assert chance_level._luck_of_guesses(task) == 1.0, "one in 16 guesses is right about all four inputs"


def test_a_guess_seldom_beats_a_large_majority() -> None:
    rng = np.random.default_rng(0)
    labels = (np.arange(1000) % 10 == 0).astype(int)
    task = task_of(rng.normal(size=(1000, 2)), labels, np.arange(200))
    assert chance_level._luck_of_guesses(task) <= 0.1
    assert measure(task).majority == 0.9


def test_what_cannot_be_told_is_a_finding_with_the_rows_that_it_takes() -> None:
    assert findings(SOME) == []
    assert SOME.unclear is None
    (finding,) = findings(CLOSE)
    assert finding.severity == "warning"
    assert "30 validation rows cannot tell an accuracy of 56.7% to 63.3% from chance" in finding.what
    assert "An ordinary classifier reaches 60.0%, no more. Trials that end there are `unclear`." in finding.what
    assert finding.advice == "Give at least 664 validation rows."
    (finding,) = findings(replace(CLOSE, rows=3000, reference=0.63))
    assert "More rows change little" in finding.advice
    assert "More rows change little" in findings(replace(CLOSE, rows=664))[0].advice
    assert findings(replace(CLOSE, rows=663))[0].advice == "Give at least 664 validation rows."


def test_words_of_two_classes_cannot_be_told() -> None:
    chance = measure(load({"kind": "words", "classes": 2}))
    assert chance.count == chance.rows == 256
    (finding,) = findings(chance)
    assert "cannot tell an accuracy of 75.0% to 100.0% from chance" in finding.what


def test_labels_without_relation_are_a_finding_with_its_test() -> None:
    rng = np.random.default_rng(1)
    chance = measure(task_of(rng.normal(size=(200, 4)), rng.integers(0, 3, 200)))
    (finding,) = findings(chance)
    assert finding.severity == "warning"
    assert finding.what.startswith("Labels look unrelated to the inputs: ordinary classifiers, cross-validated, score")
    assert f"(p = {chance.p:.2g})" in finding.what
    assert chance.p > 0.01


def test_the_level_is_said_with_its_reason() -> None:
    assert SOME.text() == (
        "above chance is an accuracy of more than 27.3% (70 of 256 rows). Networks trained on shuffled labels "
        "reach up to that by luck. A constant prediction gets 10.0%, an ordinary classifier 98.0%"
    )


def test_a_probe_with_nan_is_refused() -> None:
    inputs = np.random.default_rng(0).normal(size=(30, 2))
    inputs[:, 0] = np.nan
    with pytest.raises(TaskError, match="Every validation row must be finite"):
        measure(task_of(inputs, np.arange(30) % 2))


def test_labels_look_unrelated_from_one_in_a_hundred_on() -> None:
    for p, said in ((0.01, False), (0.011, True)):
        found = chance_level.findings(dataclasses.replace(SOME, p=p))
        assert any("unrelated" in one.what for one in found) == said
