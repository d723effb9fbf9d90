"""A study that refuses a model becomes a program; other words stay an error."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from ablate.core.errors import ConfigError
from ablate.try_remedies import fallback

REFUSED = ConfigError("The model that `m:f` builds cannot be tried. A layer of your own.")


@pytest.mark.parametrize("text", fallback.REFUSED)
def test_each_refusal_makes_a_program_of_a_file(text: str) -> None:
    words = ["model=m:f", "path=d.csv", "model.arguments.width=64", "steps=400"]
    wanted = fallback.program_of(words, ConfigError(f"It {text} today."))
    assert wanted is not None
    assert (wanted.builder, wanted.data, wanted.control.get("label")) == ("m:f", "d.csv", None)
    assert wanted.options().arguments == {"width": 64}


def test_other_errors_and_models_that_no_function_builds_stay_errors() -> None:
    assert fallback.program_of(["model=m:f", "path=d.csv"], ConfigError("Unknown key")) is None
    assert fallback.program_of(["model=mlp", "path=d.csv"], REFUSED) is None
    assert fallback.program_of(["path=d.csv"], REFUSED) is None
    assert fallback.program_of(["model=m:f", "task=nothing_like_it"], REFUSED) is None


def test_the_builder_may_have_a_key_of_its_own_and_a_file_a_label() -> None:
    wanted = fallback.program_of(["model=user", "++model.builder=m:g", "path=d.csv", "label=kind"], REFUSED)
    assert wanted is not None
    assert (wanted.builder, wanted.control["label"]) == ("m:g", "kind")


def test_the_rows_of_a_task_become_arrays_with_those_that_train_first(monkeypatch: pytest.MonkeyPatch) -> None:
    composed: list[list[str]] = []

    def compose(words: list[str]) -> SimpleNamespace:
        composed.append(words)
        return SimpleNamespace(baseline={"task": SimpleNamespace(params={"kind": "planted"})})

    task = SimpleNamespace(
        inputs=np.arange(10.0).reshape(5, 2), labels=np.arange(5), train_rows=[0, 3, 4], probe_rows=[1, 2]
    )
    monkeypatch.setattr(fallback.configure, "compose", compose)
    monkeypatch.setattr(fallback.tasks, "load", lambda params: task if params == {"kind": "planted"} else None)
    words = ["model=m:f", "task=digits", "++task.classes=3", "steps=400", "model.arguments.width=8"]
    wanted = fallback.program_of(words, REFUSED)
    assert wanted is not None
    assert composed == [["task=digits", "++task.classes=3"]]
    (x, y), (x_val, y_val) = wanted.data
    assert (x.dtype, x[:, 0].tolist(), y.tolist()) == (np.float32, [0.0, 6.0, 8.0], [0, 3, 4])
    assert (x_val.dtype, x_val[:, 0].tolist(), y_val.tolist()) == (np.float32, [2.0, 4.0], [1, 2])
    assert (wanted.builder, wanted.options().arguments) == ("m:f", {"width": 8})
