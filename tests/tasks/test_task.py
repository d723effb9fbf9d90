"""How a task is split, hashed and refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ablate.core.errors import TaskError
from ablate.tasks import load
from ablate.tasks._task import _content_hash, _split
from tests.tasks.made import made

FROZEN = ("words", "blobs", "spirals", "checkerboard", "digits")


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


@settings(deadline=None, max_examples=50)
@given(counts=st.lists(st.integers(3, 400), min_size=2, max_size=8))
def test_split_of_any_class_sizes(counts: list[int]) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    train, probe = _split(labels, tuple("abcdefgh"[: len(counts)]))
    assert len(probe) == min(256, len(labels) // 3)
    assert not set(train) & set(probe)
    shared = np.bincount(labels[probe], minlength=len(counts))
    assert (np.abs(shared - np.array(counts) * len(probe) / len(labels)) < 1).all()


def test_hash_feels_every_part() -> None:
    inputs, labels, train, probe = np.zeros((4, 2)), np.array([0, 1, 0, 1]), np.array([0, 1, 2]), np.array([3])
    other = inputs.copy()
    other[3, 1] = 1e-300
    hashes = {
        _content_hash(inputs, labels, train, probe, 2),
        _content_hash(other, labels, train, probe, 2),
        _content_hash(inputs.reshape(2, 4), labels, train, probe, 2),
        _content_hash(inputs, labels[::-1], train, probe, 2),
        _content_hash(inputs, labels, probe, train, 2),
        _content_hash(inputs, labels, train, probe, 3),
    }
    assert len(hashes) == 6
    assert _content_hash(-inputs, labels, train, probe, 2) in hashes, "-0.0 is 0.0"


def test_too_few_classes_or_rows() -> None:
    with pytest.raises(TaskError, match=r"at least 2 classes. Received 1: a"):
        made(np.zeros((9, 1)), [0] * 9, ("a",))
    with pytest.raises(TaskError, match=r"Too few: 'b' \(2\)"):
        made(np.zeros((9, 1)), [0] * 7 + [1] * 2)
