"""Values of Python say what overrides say, or are refused in one plain sentence."""

from __future__ import annotations

import contextlib
import dataclasses
import shlex
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ablate
from ablate import configure, tasks
from ablate.api import training
from ablate.api.keys import Keys
from ablate.configure import python_values
from ablate.core.errors import AblateError, ConfigError, TaskError


def test_arrays_are_a_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABLATE_DATA", str(tmp_path / "data"))
    x, y = np.random.default_rng(0).normal(size=(30, 2)), np.arange(30) % 3
    study = training.composed([], {"data": (x, y), "validation": (x[:9].tolist(), pd.Series(y[:9]))})
    level = study.baseline["task"]
    task = tasks.load(level.params)
    assert np.array_equal(task.probe_rows, np.arange(30, 39))
    assert level.name == f"arrays-{Path(level.params['path']).stem[:6]}"
    again = training.composed([], {"data": [pd.DataFrame(x), y], "validation": (x[:9], y[:9])})
    assert again.baseline["task"] == level
    assert len(list((tmp_path / "data").iterdir())) == 1
    with pytest.raises(ConfigError, match="Received also: path"):
        training.composed([], {"data": (x, y), "path": "d.npz"})
    with pytest.raises(ConfigError, match="need arrays as `data="):
        training.composed([], {"validation": (x, y)})
    with pytest.raises(TaskError, match="must be two arrays"):
        training.composed([], {"data": x})
    with pytest.raises(TaskError, match="numbers or texts"):
        training.composed([], {"data": (x, [object()] * 30)})


class Names:
    """A path that is no `pathlib.Path`."""

    def __fspath__(self) -> str:
        return "a b.npz"


@pytest.mark.parametrize(
    ("keys", "overrides"),
    [
        ({"loss": {"level": "clipped", "eps": 1e-3}}, ["loss={level: clipped, eps: 1e-3}"]),
        ({"loss": [{"level": "clipped", "eps": 1e-3}, "fused"]}, ["loss={level: clipped, eps: 1e-3},fused"]),
        ({"loss": {"level": "clipped", "name": "mine", "eps": 0.1}}, ["loss={level: clipped, name: mine, eps: 0.1}"]),
        ({"loss.eps": [1e-3, 1e-7]}, ["loss.eps=1e-3,1e-7"]),
        ({"loss": "glob(*)"}, ["loss=glob(*)"]),
        ({"learning_rate": np.float64(0.1), "width": np.int64(8)}, ["learning_rate=0.1", "width=8"]),
        ({"learning_rate": np.array([0.1, 0.2])}, ["learning_rate=0.1,0.2"]),
        ({"width": np.array(8)}, ["width=8"]),
        ({"seed": np.arange(3), "width": range(8, 32, 8)}, ["seed=range(3)", "width=8,16,24"]),
        ({"width": {64, 8, 16}}, ["width=8,16,64"]),
        ({"loss": frozenset({"fused", "clipped"})}, ["loss=clipped,fused"]),
        ({"width": (2**n for n in range(3, 6))}, ["width=8,16,32"]),
        ({"activation": {"relu": 1, "tanh": 2}.keys()}, ["activation=relu,tanh"]),
        ({"normalization": False}, ["normalization=off"]),
        ({"normalization": ["batch", False]}, ["normalization=batch,off"]),
        ({"fail_fast": True, "workers": np.int32(2)}, ["fail_fast=true", "workers=2"]),
        ({"seeds": {"level": "sequential", "cap": 40}}, ["seeds=sequential", "seeds.cap=40"]),
        ({"seeds": "topped_up"}, ["seeds=topped_up"]),
        ({"design": ["pairs", "one_at_a_time"]}, ["design=pairs,one_at_a_time"]),
        ({"design": {"level": "pairs", "factors": ["loss"]}}, ["design={level: pairs, factors: [loss]}"]),
        ({"task": "npz", "path": Path("a b/ü.npz")}, ["task=npz", "path='a b/ü.npz'"]),
        ({"task": {"level": "npz", "path": Names()}}, ["task={level: npz, path: 'a b.npz'}"]),
        ({"results_dir": Path("my results"), "part": "1/2"}, ["results_dir='my results'", "part=1/2"]),
        ({"study": "12"}, ["study='12'"]),
        ({"task": "npz", "path": "${x}.npz"}, ["task=npz", "path='\\${x}.npz'"]),
        ({"task": {"level": "npz", "path": "${x}.npz"}}, ["task={level: npz, path: '${x}.npz'}"]),
        ({"question": "why, not? 'x' \\ ü"}, ["question='why, not? \\'x\\' \\ ü'"]),
        (
            {"factors": {"loss": ["clipped", "fused"]}, "baseline": {"loss": "fused"}},
            ["factors={loss: [clipped, fused]}", "baseline={loss: fused}"],
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_a_value_of_python_is_what_the_override_is(keys: dict[str, Any], overrides: list[str]) -> None:
    if not any(word.startswith("loss") for word in overrides):
        keys, overrides = {**keys, "loss": ["clipped", "fused"]}, [*overrides, "loss=clipped,fused"]
    study = configure.compose(python_values.overrides([], keys))
    assert dataclasses.replace(study, command="") == dataclasses.replace(configure.compose(overrides), command="")
    assert configure.compose(shlex.split(study.command)[2:]) == study


def test_a_search_is_told_by_a_mapping_how_to_search() -> None:
    keys = {"loss": ["clipped", "fused"], "search": {"level": "random", "trials": 200, "blocks": (4, 8)}}
    words = ["loss=clipped,fused", "search=random", "search.trials=200", "search.blocks=[4,8]"]
    assert configure.search(python_values.overrides([], keys))[1] == configure.search(words)[1]


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("none", {"loss": None}, "Leave the argument out for its default."),
    ("empty list", {"width": []}, "`width` must have at least one value. Received an empty list."),
    ("empty array", {"width": np.array([])}, "`width` must have at least one value. Received an empty list."),
    ("empty generator", {"width": (n for n in ())}, "Received an empty generator."),
    ("endless generator", {"width": iter(int, 1)}, "must have at most 1,000,000 values"),
    ("table", {"width": np.ones((2, 2))}, "`width` must be a whole number from 1 to 65536. Received: [1.0, 1.0]."),
    ("mixed set", {"loss": {"clipped", 3}}, "a set of different types cannot be sorted"),
    ("not a number", {"learning_rate": float("nan")}, "`learning_rate` must be a finite number. Received: nan."),
    ("infinity", {"learning_rate": np.array([0.1, np.inf])}, "must be a finite number"),
    ("complex", {"learning_rate": 1j}, "must be a text, a number, true or false, a mapping, or a list of these"),
    ("object", {"width": [object()]}, "Received: <object object at"),
    ("bytes", {"loss": b"clipped"}, "Received: b'clipped'."),
    ("truth value", {"width": True}, "`width` must be a whole number from 1 to 65536. Received: True."),
    ("large", {"width": 10**30}, "must be a whole number from 1 to 65536"),
    ("factor", {"los": "fused"}, "Unknown factor or key: 'los'. Did you mean 'loss'?"),
    ("level", {"loss": "fussed"}, "Did you mean 'fused'?"),
    ("level twice", {"dropout": [0.1, 0.1]}, "Factor `dropout` must have each level once. Received: 0.1, 0.1."),
    ("nested level", {"loss": {"level": {"a": 1}}}, "Unknown level of `loss`"),
    ("mapping without level", {"loss": {"eps": 1}}, "must name a level file, as {level: adam, beta_1: 0.5}"),
    ("parameter", {"loss": {"level": "clipped", "epss": 1}}, "Did you mean 'eps'?"),
    ("parameter's value", {"loss": {"level": "clipped", "eps": object()}}, "`loss.eps` must be a text, a number"),
    ("parameter's type", {"loss": {"level": "clipped", "eps": [1, 2]}}, "`loss.eps` must be a number"),
    ("number's parameter", {"width.x": 3}, "`width` is a number and has no parameters"),
    ("name with a space", {"a b": 1}, "must be named by a factor or a key"),
    ("list for one value", {"workers": [1, 2]}, "`workers` must be a whole number. Received: [1, 2]."),
    ("text for a number", {"steps": "many"}, "`steps` must be a whole number. Received: 'many'."),
    ("text for a truth value", {"fail_fast": "yes"}, "`fail_fast` must be true or false. Received: 'yes'."),
    ("seed", {"seed": [-1]}, "`seed` must be a whole number from 0"),
    ("seeds", {"seeds": {"kap": 1}}, "Unknown key of `seeds=fixed`: 'kap'. Allowed: (none)."),
    ("experiment", {"experiment": ["blog", "x"]}, "Unknown experiment"),
    ("design", {"design": {"kind": "pairs"}}, "must name a level file, as {level: adam, beta_1: 0.5}"),
    ("design's settings", {"design": {"level": "explicit", "settings": 3}}, "`design.settings` must be a list"),
    ("design's parts", {"design": {"level": "union", "parts": 3}}, "`design.parts` must be a list"),
    ("design's exclusions", {"design": {"level": "full", "exclude": 3}}, "`design.exclude` must be a list"),
    ("design's factors", {"design": {"level": "pairs", "factors": 3}}, "must be a list or a mapping"),
    ("design's levels", {"design": {"level": "full", "factors": {"loss": 3}}}, "must map factors to lists of levels"),
    ("contrast", {"contrasts": [3]}, "A contrast must be {factor, level, against}"),
    ("lambda", {"model": lambda: None}, "must be a function at the top of a module"),
    ("study's name", {"study": "größe x"}, "`study` must be a folder's name"),
    ("reserved word", {"hydra": 3}, "Unknown factor or key: 'hydra'"),
]


@pytest.mark.parametrize(("keys", "message"), [pytest.param(*case[1:], id=case[0]) for case in WRONG])
def test_a_wrong_value_is_refused_in_one_plain_sentence(keys: dict[str, Any], message: str) -> None:
    trained = mock.patch("ablate.runner.sweep.sweep", side_effect=AssertionError("it must not be trained"))
    with trained, pytest.raises(AblateError) as refused:
        ablate.sweep(**keys)
    said = str(refused.value)
    assert message in said
    assert "\n" not in said
    assert "Error" not in said


LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=3)
WORD = st.sampled_from(
    [
        "clipped",
        "adam",
        "mlp",
        "keras",
        "npz",
        "pairs",
        "range(3)",
        "glob(*)",
        "interval(0,1)",
        "${x}",
        "{a:b}",
        "1e999",
    ]
)
KEY = st.sampled_from(["level", "kind", "name", "eps", "settings", "factors", "after", "builder"]) | st.text(max_size=4)
VALUE = st.recursive(
    LEAF | WORD, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=3), max_leaves=6
)


@given(st.dictionaries(st.sampled_from([*Keys.__annotations__, "loss.eps", "search.trials"]), VALUE, min_size=1))
def test_any_value_is_a_study_or_refused(keys: dict[str, Any]) -> None:
    with contextlib.suppress(AblateError):
        configure.compose(python_values.overrides([], keys))


@pytest.mark.parametrize("arguments", [(3,), (["loss=fused"],), (None,), (b"loss=fused",)])
def test_a_positional_argument_that_is_no_text_is_refused(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(ConfigError, match="Positional arguments must be overrides, one text each"):
        ablate.sweep(*arguments)
