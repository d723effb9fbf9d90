"""States, chance levels and explanations of many curves, word for word: whatever changes in them is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from ablate.outcomes import chance_level, null_networks, ordinary_classifiers, states
from ablate.outcomes.chance_level import Chance, findings, measure
from ablate.outcomes.curves import Curves
from ablate.outcomes.explanation import explanation
from ablate.outcomes.on_its_way import steps_more
from tests import recorded
from tests.outcomes.test_chance_level import task_of
from tests.outcomes.test_states import CHANCE, curves

CHANCES = {
    "usual": CHANCE,
    "few rows": Chance(rows=30, classes=2, majority=0.5, luck=0.3, reference=0.6),
    "unrelated": Chance(rows=256, classes=2, majority=0.5, luck=0.2, reference=0.5, p=0.4),
    "luck is all": Chance(rows=40, classes=4, majority=0.25, luck=1.0, reference=0.9),
}


def many() -> Iterator[tuple[str, Curves]]:
    """Curves at the edges of the rules."""
    at = np.arange(25)
    for level in (26, 69, 70, 71, 100, 180, 256):
        yield f"flat at {level}", curves([level] * 25)
        yield f"to {level}", curves([26] * 10 + [level] * 15)
        yield f"to {level} and back", curves([26] * 5 + [level] * 10 + [26] * 10)
        yield f"{level} twice", curves([26] * 5 + [level] * 2 + [26] * 18)
        yield f"{level} at the end", curves([26] * (25 - 3) + [level] * 3)
    for slope in (0.5, 1.0, 1.6):
        yield f"rising by {slope}", curves(list(20 + slope * at), 2.3 - 0.03 * at)
        yield f"rising by {slope}, loss alike", curves(list(20 + slope * at))
    yield "loss falls", curves([26] * 25, 2.3 - 0.03 * at)
    yield "loss rises", curves(list(26 + at), 2.3 + 0.03 * at)
    yield "diverged", curves([26] * 5 + [90] * 10 + [26] * 10, bad_step=250)
    yield "failed", Curves(id="0", signals={}, message="ValueError: no")


def test_states_and_explanations_are_as_recorded() -> None:
    lines: list[str] = []
    for name, chance in CHANCES.items():
        lines += recorded.lines(
            [chance, chance.text(), chance.rule, chance.count, chance.level, findings(chance)], name
        )
        lines += recorded.lines([(start, chance.bar(start)) for start in (0, 10, 26) if start <= chance.rows], name)
    for chance in (CHANCE, replace(CHANCE, reference=0.5, luck=0.05)):
        for name, one in many():
            outcome = states.outcome_of(one, chance)
            said = explanation(outcome.state, one, chance) if one.signals else []
            lines += recorded.lines([outcome, said], name)
    recorded.same("outcomes_states", "\n".join(lines))


def test_steps_of_a_network_on_its_way_are_as_recorded() -> None:
    at, rng = np.arange(25), np.random.default_rng(1)
    record = [
        steps_more(at * 16, np.round(20 + slope * at + noise * rng.normal(size=25)), 2.3 - fall * at, bar, known=26)
        for slope in (0.2, 1.0, 2.0)
        for noise in (0.0, 3.0)
        for fall in (0.0, 0.001, 0.02)
        for bar in (60, 120)
    ]
    recorded.same("outcomes_steps", "\n".join(recorded.lines(record)))


def test_chance_levels_of_tasks_are_as_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(null_networks, "NETWORKS", 12)
    monkeypatch.setattr(chance_level, "_MEASURED", {})
    rng = np.random.default_rng(0)
    labels = np.arange(150) % 3
    record = {}
    for name, inputs in (
        ("clouds", rng.normal(size=(3, 4))[labels] + rng.normal(size=(150, 4))),
        ("alike", np.arange(150.0)[:, None] % 4),
    ):
        task = task_of(inputs, labels, np.arange(0, 150, 3))
        record[name] = [
            measure(task),
            chance_level.untrained(task),
            null_networks.counts(task),
            null_networks.untrained(task),
            ordinary_classifiers.best_accuracy(task),
            ordinary_classifiers.relation(task),
        ]
    recorded.same("outcomes_chance", "\n".join(recorded.lines(record)), tolerance=1e-4)


def test_defaults_are_as_recorded() -> None:
    recorded.same("defaults_outcomes", recorded.defaults("ablate.outcomes"))
