"""A program is inspected as its `fit` is called, and the record can be read by another process."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from ablate.engine.as_is import auditing
from ablate.engine.as_is.program import Rows


@dataclasses.dataclass(frozen=True)
class Record:
    inner: Any


@pytest.mark.parametrize("passed", [True, False])
def test_rows_weights_and_callbacks_are_those_of_the_program(monkeypatch: pytest.MonkeyPatch, *, passed: bool) -> None:
    x, y = np.zeros((3, 2)), np.arange(3)
    words = np.array(["a", "b"], object)
    weights = np.ones(3) if passed else None
    program = SimpleNamespace(rows=Rows(x=x, y=y, x_val=words, y_val=y[:2], weights=weights, passed=passed))
    given: dict[str, Any] = {}

    def inspect(model: Any, *rows: Any, **more: Any) -> Any:
        given.update(more, rows=rows, model=model, drawn=float(keras.random.uniform(())))
        keras.config.set_floatx("float64")
        keras.config.set_dtype_policy("float64")
        return Record(inner=1)

    monkeypatch.setattr(auditing, "load", lambda _: program)
    monkeypatch.setattr(auditing, "build", lambda _: "model")
    monkeypatch.setattr(auditing.trial, "callbacks_of", lambda _: ["callback"])
    monkeypatch.setattr(auditing.inspect, "inspect", inspect)
    fit = {"epochs": 2}
    assert auditing.inspected("path", fit, 1.5) == Record(inner=1)
    assert (keras.config.floatx(), keras.config.dtype_policy().name, fit) == ("float32", "float32", {"epochs": 2})
    own = given["fit"]
    assert set(own) == {"epochs", "callbacks", *(("validation_data", "sample_weight") if passed else ())}
    assert (own["epochs"], own["callbacks"], given["seconds"], given["model"]) == (2, ["callback"], 1.5, "model")
    assert given["rows"][1] is y
    if passed:
        assert own["sample_weight"] is weights
        assert [bytes(word) for word in own["validation_data"][0].numpy()] == [b"a", b"b"]
    keras.utils.set_random_seed(0)
    assert given["drawn"] == float(keras.random.uniform(())), "the weights of a builder without a seed are the same"


def test_a_record_is_made_plain() -> None:
    array = np.arange(2)
    layer = keras.layers.Flatten(name="flat")
    value = Record(inner={1: [Record(inner=np.float32(0.5)), layer], "kind": Record, "array": array, "none": None})
    made = auditing._plain(value).inner
    first, text = made["1"]
    assert (first, type(first.inner), made["none"]) == (Record(inner=0.5), float, None)
    assert text == str(layer)
    assert made["kind"] == str(Record)
    assert made["array"] is array
    assert [auditing._plain(plain) for plain in (True, 3, 0.5, "text", ())] == [True, 3, 0.5, "text", ()]
