"""Tasks: what they hold, that they never change, how they are split and ordered, and what is found wrong in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ablate.core.errors import ConfigError, TaskError
from ablate.tasks import KINDS, Task, check, check_params, load, order
from ablate.tasks._task import Examples, assemble, content_hash, split

CONF = Path(__file__).parents[2] / "conf" / "task"
FROZEN = {
    "words": "42e5a485e2403304",
    "blobs": "cf6cf0ba40c4fef3",
    "spirals": "c39fe746317f8484",
    "checkerboard": "678c3707007a3147",
    "digits": "78bc5ce231b5c1c5",
}


def made(inputs: object, labels: object, names: tuple[str, ...] = ("a", "b")) -> Task:
    """A task of these arrays, as `npz` makes it."""
    examples = Examples(inputs=np.array(inputs, float), labels=np.array(labels), class_names=names)
    return assemble({"kind": "npz"}, examples)


@pytest.mark.parametrize("kind", FROZEN)
def test_content_never_changes(kind: str) -> None:
    task = load(yaml.safe_load((CONF / f"{kind}.yaml").read_text()))
    assert task.hash == FROZEN[kind], "a changed task orphans every stored trial: raise SEMANTICS instead"


def test_config_names_the_defaults_of_every_kind() -> None:
    for kind, table in KINDS.items():
        given = yaml.safe_load((CONF / f"{kind}.yaml").read_text())
        assert given.pop("kind") == kind
        assert given == {name: "???" if default is ... else default for name, (_, default) in table.items()}


@pytest.mark.parametrize("kind", FROZEN)
def test_split_is_whole_stratified_and_read_only(kind: str) -> None:
    task = load({"kind": kind})
    assert len(task.probe_rows) == 256
    together = np.concatenate([task.train_rows, task.probe_rows])
    assert np.array_equal(np.sort(together), np.arange(len(task.labels)))
    shares = [np.bincount(task.labels[rows]) / len(rows) for rows in (task.train_rows, task.probe_rows)]
    assert np.abs(shares[0] - shares[1]).max() < 1 / 256
    assert task.inputs.dtype == np.float64
    assert task.labels.dtype == np.int32
    assert len(task.class_names) == task.classes == task.labels.max() + 1
    with pytest.raises(ValueError, match="read-only"):
        task.inputs[0, 0] = 1.0


def test_digits_are_those_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits

    task, theirs = load({"kind": "digits"}), load_digits()
    assert np.array_equal(task.inputs, theirs.data)
    assert np.array_equal(task.labels, theirs.target)


@pytest.mark.parametrize("classes", [2, 10, 26, 27, 300])
def test_words_are_one_to_one_with_classes(classes: int) -> None:
    task = load({"kind": "words", "classes": classes})
    assert len(set(task.class_names)) == classes
    assert task.class_names[:2] == ("aaa", "bbb")
    probe = task.inputs[task.probe_rows]
    assert len(np.unique(probe, axis=0)) == classes
    assert (probe.sum(axis=1) == 3).all()
    pairs = np.unique(np.column_stack([task.inputs, task.labels]), axis=0)
    assert len(pairs) == classes, "a word has one class"
    assert len(np.unique(np.bincount(task.labels[task.train_rows]))) == 1


def test_words_need_a_word_for_each_class() -> None:
    assert load({"kind": "words", "classes": 26, "length": 1}).classes == 26
    with pytest.raises(ConfigError, match=r"26\^1 words .* classes=27"):
        load({"kind": "words", "classes": 27, "length": 1})


def test_checkerboard_neighbours_differ() -> None:
    task = load({"kind": "checkerboard", "classes": 3, "cells": 5, "rows": 3000})
    cell = np.floor((task.inputs + 1) / 2 * 5).astype(int)
    assert np.array_equal(task.labels, cell.sum(axis=1) % 3)
    assert len(np.unique(cell, axis=0)) == 25
    with pytest.raises(ConfigError, match="cells=2, classes=3"):
        load({"kind": "checkerboard", "classes": 3, "cells": 2})


def test_blobs_have_that_many_clusters_a_class() -> None:
    task = load({"kind": "blobs", "classes": 3, "clusters": 2, "features": 4, "rows": 600, "spread": 0.0})
    for label in range(3):
        assert len(np.unique(task.inputs[task.labels == label], axis=0)) == 2


def test_spirals_wind_about_each_other() -> None:
    task = load({"kind": "spirals", "noise": 0.0, "rows": 999})
    radius = np.hypot(*task.inputs.T)
    angle = np.arctan2(task.inputs[:, 1], task.inputs[:, 0]) / (2 * np.pi) - (radius - 0.1) / 0.9
    arm = np.round((angle % 1.0) * 3) % 3
    assert np.array_equal(arm, task.labels)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"kind": "digit"}, "Did you mean 'digits'"),
        ({"kind": "blobs", "cluster": 3}, "Did you mean 'clusters'"),
        ({"kind": "words", "classes": 1}, "from 2 to 10000. Received: 1"),
        ({"kind": "blobs", "rows": 29}, "rows=29, classes=10"),
        ({"kind": "blobs", "rows": 2.5}, "must be of type int"),
        ({"kind": "npz"}, "`task.path` must be given"),
    ],
)
def test_parameters_that_cannot_be(params: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_params(params)
    assert words in str(caught.value)


@settings(deadline=None, max_examples=50)
@given(counts=st.lists(st.integers(3, 400), min_size=2, max_size=8))
def test_split_of_any_class_sizes(counts: list[int]) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    train, probe = split(labels, tuple("abcdefgh"[: len(counts)]))
    assert len(probe) == min(256, len(labels) // 3)
    assert not set(train) & set(probe)
    shared = np.bincount(labels[probe], minlength=len(counts))
    assert (np.abs(shared - np.array(counts) * len(probe) / len(labels)) < 1).all()


def test_hash_feels_every_part() -> None:
    inputs, labels, train, probe = np.zeros((4, 2)), np.array([0, 1, 0, 1]), np.array([0, 1, 2]), np.array([3])
    other = inputs.copy()
    other[3, 1] = 1e-300
    hashes = {
        content_hash(inputs, labels, train, probe, 2),
        content_hash(other, labels, train, probe, 2),
        content_hash(inputs.reshape(2, 4), labels, train, probe, 2),
        content_hash(inputs, labels[::-1], train, probe, 2),
        content_hash(inputs, labels, probe, train, 2),
        content_hash(inputs, labels, train, probe, 3),
    }
    assert len(hashes) == 6
    assert content_hash(-inputs, labels, train, probe, 2) in hashes, "-0.0 is 0.0"


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**31), st.integers(1, 50), st.integers(1, 80), st.integers(1, 20))
def test_order_is_whole_passes(seed: int, rows: int, batch_size: int, steps: int) -> None:
    batches = order(seed, rows, batch_size, steps)
    assert batches.shape == (steps, batch_size)
    assert batches.dtype == np.int32
    flat = batches.ravel()
    for start in range(0, len(flat) - rows + 1, rows):
        assert np.array_equal(np.sort(flat[start : start + rows]), np.arange(rows))
    assert np.array_equal(flat, order(seed, rows, 1, steps * batch_size).ravel()), "the same for every batch size"


def test_order_never_changes_and_differs_by_seed() -> None:
    assert order(0, 10, 5, 2).tolist() == [[0, 4, 6, 3, 9], [5, 7, 1, 8, 2]]
    assert not np.array_equal(order(0, 1541, 32, 400), order(1, 1541, 32, 400))
    first, second = order(3, 100, 100, 2)
    assert not np.array_equal(first, second), "every pass has a permutation of its own"


def rows(count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Distinct inputs of two balanced classes."""
    return np.random.default_rng(0).normal(size=(count, 3)), np.arange(count) % 2


def what(task: Task) -> dict[str, str]:
    """Severity by what was found."""
    return {finding.what: finding.severity for finding in check(task)}


def test_clean_data_have_few_findings() -> None:
    assert [(found.severity, found.what) for found in check(load({"kind": "spirals"}))] == []
    assert list(what(load({"kind": "digits"})).values()) == ["note"], "constant pixels"


def test_check_finds_rows_that_are_not_finite() -> None:
    inputs, labels = rows()
    inputs[7, 1], inputs[9, 0] = np.nan, np.inf
    assert check(made(inputs, labels))[0].severity == "error"
    assert "2 of 60 rows hold NaN or infinity (rows 7, 9)" in check(made(inputs, labels))[0].what


def test_check_finds_labels_out_of_range() -> None:
    from dataclasses import replace

    inputs, labels = rows()
    task = made(inputs, labels)
    moved = task.labels.copy()
    moved[5] = 2
    assert what(replace(task, labels=moved))["1 labels are outside 0 to 1 (first in row 5)."] == "error"


def test_check_finds_unbalanced_classes_and_absent_ones() -> None:
    inputs, _ = rows(1003)
    found = what(made(inputs, [0] * 1000 + [1] * 3))
    assert found["Classes are not balanced: 3 to 1000 rows; 'a' has 99.7%."] == "warning"
    assert not any("no row in the probe" in text for text in found)
    many = made(rows(903)[0], np.arange(903) % 301, tuple(map(str, range(301))))
    assert what(many)["45 of 301 classes have no row in the probe (256, 257, 258, 259, 260)."] == "warning"


def test_check_finds_contradictions_and_shared_rows() -> None:
    inputs, labels = rows()
    inputs[:10] = 1.0
    found = what(made(inputs, labels))
    assert found["Equal inputs have different labels: at least 5 of 60 rows must be wrong."] == "warning"
    assert any("probe rows also occur among the training rows" in text for text in found)


def test_check_finds_constant_columns_scale_and_few_distinct_inputs() -> None:
    inputs, labels = rows()
    inputs[:, 0] = 4.0
    inputs[:, 1] *= 1e6
    found = what(made(inputs, labels))
    assert found["1 of 3 columns are constant among the training rows."] == "note"
    assert any(text.startswith("Values reach 2") and "column varies by" in text for text in found)
    assert found["The probe has 20 distinct inputs in 20 rows."] == "note"
    assert what(made(np.ones((60, 2)), labels))["2 of 2 columns are constant among the training rows."] == "error"


def test_too_few_classes_or_rows() -> None:
    with pytest.raises(TaskError, match=r"at least 2 classes. Received 1: a"):
        made(np.zeros((9, 1)), [0] * 9, ("a",))
    with pytest.raises(TaskError, match=r"Too few: 'b' \(2\)"):
        made(np.zeros((9, 1)), [0] * 7 + [1] * 2)
