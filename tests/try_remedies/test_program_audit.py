"""What the audit and the chance level change in a record, and what is said when they cannot be had."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from ablate.audit import Finding
from ablate.engine.as_is.chance import Level
from ablate.executors.calls import Result
from ablate.try_remedies import program_audit
from ablate.try_remedies.given import Given
from ablate.try_remedies.patch import Call
from ablate.try_remedies.record import Record
from tests.try_remedies.fake_lab import FakeLab, change, record


class Asked(FakeLab):
    """Answers questions with these values; a text is an error."""

    def __init__(self, **answers: Any) -> None:
        super().__init__(lambda *_: 0.1)
        self.answers = answers
        self.questions: dict[str, Any] = {}
        self.meanwhile: Any = None

    def ask(self, questions: Any, meanwhile: Any) -> Iterator[Result]:
        self.questions, self.meanwhile = questions, meanwhile
        for key, value in self.answers.items():
            yield Result(key=key, error=value) if isinstance(value, str) else Result(key=key, value=value)


def finding(severity: str, unchecked: str = "") -> Finding:
    return Finding(
        code="c", cause="frozen", severity=severity, weight=0.5, what=f"a {severity}", evidence=(), fit="",
        unchecked=unchecked,
    )  # type: ignore[arg-type]  # fmt: skip


def reference(accuracy: float = 0.5, tokens: float | None = None, majority: float = 0.2, p: float = 1e-9) -> Any:
    return SimpleNamespace(accuracy=accuracy, tokens=tokens, majority=majority, p_value=p)


def looked(
    monkeypatch: pytest.MonkeyPatch, *findings: Finding, base: bool = False, splits: bool = False, **answers: Any
) -> tuple[Record, Asked, list[str]]:
    """Look at a program whose audit finds this."""
    lab, told = Asked(**answers), list[str]()
    one = record(lab, [])
    one.bar = replace(one.bar, found=0.0)
    one.situation = replace(one.situation, splits=splits)
    one.base = (change("rows=shuffled"),) if base else ()
    monkeypatch.setattr(program_audit.audit, "findings", lambda _: findings)
    call = Call(arguments={"epochs": "3", "class_weight": "{0: 2.0}", "callbacks": "callbacks"})
    program_audit.look(one, Given(rows=None, call=call), told.append)  # type: ignore[arg-type]
    return one, lab, told


@pytest.mark.parametrize(
    ("base", "splits", "judged"),
    [(True, True, "mixed"), (True, False, "mixed"), (False, True, "last"), (False, False, "beside")],
)
def test_the_audit_gets_three_seconds_and_the_arguments_of_fit(
    base: bool, splits: bool, judged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, lab, _ = looked(monkeypatch, base=base, splits=splits)
    assert lab.questions == {
        "inspection": ({"epochs": 3, "class_weight": {0: 2.0}}, 3.0),
        "chance": (judged,),
    }
    assert lab.meanwhile == [(one.base, 0), (one.base, 1), (one.base, 2)]


def test_what_cannot_be_had_is_noted_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    one, *_ = looked(monkeypatch, inspection="x" * 130, chance="no rows")
    assert one.notes == [
        f"The audit could not be had: {'x' * 120}",
        "The chance level could not be had: no rows",
    ]
    assert one.inspection is None


@pytest.mark.parametrize(("p", "learnable"), [(0.0, True), (0.4, False)])
def test_the_measured_level_is_the_bar(p: float, learnable: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    level = replace(record(FakeLab(lambda *_: 0.1), []).bar.chance, luck=0.37, p=p)
    one, *_ = looked(monkeypatch, chance=Level(chance=level, untrained=31))
    assert (one.bar.chance, one.bar.untrained, one.learnable) == (level, 31, learnable)


@pytest.mark.parametrize(
    ("known", "found"),
    [
        (reference(), 0.5),
        (reference(tokens=0.7), 0.7),
        (reference(tokens=0.3), 0.5),
        (reference(accuracy=0.23), 0.23),
        (reference(accuracy=0.21), 0.0),
        (reference(accuracy=0.02, majority=0.0), 0.0),
        (reference(accuracy=0.1, majority=0.2), 0.0),
        (reference(p=0.0011), 0.0),
        (reference(p=1e-3), 0.0),
        (reference(p=0.0009), 0.5),
        (None, 0.0),
    ],
)
def test_an_ordinary_classifier_counts_if_it_is_clearly_better_than_a_constant(
    known: Any, found: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, *_ = looked(monkeypatch, inspection=SimpleNamespace(unchecked=(), reference=known))
    assert one.bar.found == found


def test_findings_are_kept_and_those_that_are_no_notes_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    findings = (finding("error"), finding("note", "the labels"), finding("warning"))
    inspection = SimpleNamespace(unchecked=("the loss",), reference=None)
    one, _, told = looked(monkeypatch, *findings, inspection=inspection)
    assert told == ["  error: a error", "  warning: a warning"]
    assert one.unchecked == ["the loss", "the labels"]
    assert one.findings == findings
