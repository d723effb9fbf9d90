"""Tasks of every kind: what they hold, that they never change, and which parameters they take."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from ablate.core.errors import ConfigError
from ablate.tasks import KINDS, check_params, load

CONF = Path(__file__).parents[2] / "conf" / "task"
FROZEN = {
    "words": "42e5a485e2403304",
    "blobs": "cf6cf0ba40c4fef3",
    "spirals": "c39fe746317f8484",
    "checkerboard": "678c3707007a3147",
    "digits": "78bc5ce231b5c1c5",
}


@pytest.mark.parametrize("kind", FROZEN)
def test_content_never_changes(kind: str) -> None:
    task = load(yaml.safe_load((CONF / f"{kind}.yaml").read_text()))
    assert task.hash == FROZEN[kind], "a changed task orphans every stored trial: raise SEMANTICS instead"


def test_config_names_the_defaults_of_every_kind() -> None:
    for kind, table in KINDS.items():
        given = yaml.safe_load((CONF / f"{kind}.yaml").read_text())
        assert given.pop("kind") == kind
        assert given == {name: "???" if default is ... else default for name, (_, default) in table.items()}


@pytest.mark.parametrize("kind", ["digits", "wine", "breast_cancer"])
def test_data_are_those_of_scikit_learn(kind: str) -> None:
    import sklearn.datasets

    task, theirs = load({"kind": kind}), getattr(sklearn.datasets, f"load_{kind}")()
    assert np.array_equal(task.inputs, theirs.data.astype(np.float32))
    assert np.array_equal(task.labels, theirs.target)
    assert list(task.class_names) == [str(name) for name in theirs.target_names]


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
        ({"kind": "blobs", "rows": 2.5}, "must be a whole number"),
        ({"kind": "npz"}, "`task.path` must be given"),
    ],
)
def test_parameters_that_cannot_be(params: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_params(params)
    assert words in str(caught.value)
