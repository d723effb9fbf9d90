"""Each fault of the data is found and told with its figures."""

from __future__ import annotations

import numpy as np

from ablate.tasks import Task, check, load
from tests.tasks.made import made


def rows(count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Return distinct inputs of two balanced classes."""
    return np.random.default_rng(0).normal(size=(count, 3)), np.arange(count) % 2


def what(task: Task) -> dict[str, str]:
    """Return the severity of each finding by its text."""
    return {finding.what: finding.severity for finding in check(task)}


def test_clean_data_have_few_findings() -> None:
    assert [(found.severity, found.what) for found in check(load({"kind": "spirals"}))] == []
    assert list(what(load({"kind": "digits"})).values()) == ["note"], "constant pixels"


def test_check_finds_rows_that_are_not_finite() -> None:
    inputs, labels = rows()
    inputs[7, 1], inputs[9, 0] = np.nan, np.inf
    assert check(made(inputs, labels))[0].severity == "error"
    assert "(rows 7, 9; the first row is row 0)" in check(made(inputs, labels))[0].what


def test_check_finds_unbalanced_classes_and_absent_ones() -> None:
    inputs, _ = rows(1003)
    found = what(made(inputs, [0] * 1000 + [1] * 3))
    assert found["Classes are not balanced: 3 to 1000 rows; 'a' has 99.7%."] == "warning"
    assert not any("no validation row" in text for text in found)
    many = made(rows(903)[0], np.arange(903) % 301, tuple(map(str, range(301))))
    assert what(many)["45 of 301 classes have no validation row (256, 257, 258, 259, 260)."] == "warning"


def test_check_finds_contradictions_and_shared_rows() -> None:
    inputs, labels = rows()
    inputs[:10] = 1.0
    found = what(made(inputs, labels))
    assert found["Equal inputs have different labels, so any classifier gets at least 5 of 60 rows wrong."] == "warning"
    assert any("validation rows also occur among the training rows" in text for text in found)


def test_check_finds_constant_columns_scale_and_few_distinct_inputs() -> None:
    inputs, labels = rows()
    inputs[:, 0] = 4.0
    inputs[:, 1] *= 1e6
    found = what(made(inputs, labels))
    assert found["1 of 3 columns are constant among the training rows."] == "note"
    assert any(text.startswith("Values reach 2") and "one column varies by only" in text for text in found)
    assert not any("distinct inputs" in text for text in found)
    alike = what(made(np.ones((60, 2)), labels))
    assert alike["2 of 2 columns are constant among the training rows."] == "error"
    assert alike["The 20 validation rows hold 1 distinct inputs."] == "note"
