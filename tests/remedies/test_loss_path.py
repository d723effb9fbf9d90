"""A stored loss path gives the user's loss again, and a function that is named wrongly is told what to do."""

from __future__ import annotations

import hashlib
import inspect
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from ablate.core.errors import ConfigError
from ablate.core.study import canonical
from ablate.remedies import _loss_path

TRUTH = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], np.float32)
LOGITS = np.array([[0.5, 2.0, -1.0], [0.25, -3.0, 1.0]], np.float32)


def own(truth: Any, output: Any) -> Any:
    return keras.ops.sum(truth * output, -1)


def scaled(by: float, about: object = None) -> Any:
    def loss(truth: Any, output: Any) -> Any:
        return by * own(truth, output) + (0.0 if about is None else 1.0)

    return loss


def built(by: float = 2.0) -> Any:
    return SimpleNamespace(loss=scaled(by))


class Config(keras.losses.Loss):
    """A loss that is an object, with a config."""

    def __init__(self, by: float, name: str = "config", parts: Any = ()) -> None:
        super().__init__(name=name)
        self.by, self.parts = by, list(parts)

    def call(self, truth: Any, output: Any) -> Any:
        return self.by * own(truth, output)

    def get_config(self) -> dict[str, Any]:
        return {"by": self.by, "name": self.name, "parts": self.parts}


def expected() -> float:
    shares = np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True)
    return float(-np.log(shares[TRUTH == 1]).mean())


@pytest.mark.parametrize(("labels", "kind"), [("sparse", "Sparse"), ("one_hot", "")])
def test_a_path_is_the_layers_and_the_loss_on_their_output(labels: str, kind: str) -> None:
    tail = [keras.saving.serialize_keras_object(keras.layers.Softmax())]
    serialized = keras.saving.serialize_keras_object(getattr(keras.losses, f"{kind}CategoricalCrossentropy")())
    name = {"name": f"{kind.lower()}{'_' if kind else ''}categorical_crossentropy"}
    for written in (serialized, name):
        made = _loss_path.loss({"tail": tail, "loss": written, "labels": labels})
        assert float(made(TRUTH, LOGITS)) == pytest.approx(expected(), rel=1e-5)


def test_a_loss_of_the_users_own_is_built_again_if_its_code_is_the_same() -> None:
    written = {"builder": f"{__name__}:built", "arguments": {"by": 3.0}, "code": _loss_path.code(scaled(3.0))}
    made = _loss_path.function_of(canonical(written))
    np.testing.assert_allclose(made(TRUTH, LOGITS), [6.0, 0.75])
    with pytest.raises(ConfigError, match="must have the hash 12, as when the result was made"):
        _loss_path.function_of(canonical({**written, "code": "12"}))


def test_code_is_the_source_with_what_is_plain_beside_it() -> None:
    def hashed(*parts: str) -> str:
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    source = inspect.getsource(scaled(2.0))
    assert _loss_path.code(scaled(2.0)) == hashed(source, "None", "2.0")
    assert _loss_path.code(scaled(2.0, object())) == hashed(source, "2.0"), "an object has no lasting name"
    assert _loss_path.code(own) == hashed(inspect.getsource(own))
    assert _loss_path.code(Config(2.0, "a", [1])) == hashed(inspect.getsource(Config.call), "by=2.0")
    wrapped = keras.losses.MeanSquaredError()
    assert _loss_path.code(wrapped).startswith(
        hashed(
            inspect.getsource(wrapped.fn),
            *sorted(
                f"{name}={value!r}"
                for name, value in wrapped.get_config().items()
                if isinstance(value, bool | int | float | str | None) and name != "name"
            ),
        )
    )
    names: dict[str, Any] = {}
    exec("def unseen(truth, output):\n    return truth", names)  # noqa: S102
    assert _loss_path.code(names["unseen"]) == hashed(names["unseen"].__code__.co_code.hex())


@pytest.mark.parametrize("path", ["", "module", ":name", "module:", "a.b"])
def test_a_function_is_named_by_module_and_name(path: str) -> None:
    with pytest.raises(ConfigError, match=r"Write your function as my_package\.module:function\. Received: "):
        _loss_path.named(path)


def test_a_function_is_found_in_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "found_here.py").write_text("class A:\n    def make(): return 3\nNUMBER = 4\n_hidden = print\n")
    (tmp_path / "broken_here.py").write_text("import no_such_thing\n")
    (tmp_path / "raises_here.py").write_text("1 / 0\n")
    assert _loss_path.named("found_here:A.make")() == 3
    assert sys.path[-1] == str(tmp_path)
    _loss_path.named("found_here:A")
    assert sys.path.count(str(tmp_path)) == 1
    for path, message in (
        ("found_here:B", r"^Unknown function of `found_here`: 'B'\. Allowed: A\.$"),
        ("found_here:NUMBER", "must be a function"),
        ("found_her:A", r"^There is no module 'found_her' .* Did you mean 'found_here'\?$"),
        ("zqxj_wvk:A", r"^There is no module 'zqxj_wvk' in this folder or among the installed packages\.$"),
        ("found_here.inner:A", "There is no module 'found_here.inner'|found_here"),
        ("broken_here:A", "imports 'no_such_thing', which is not installed"),
        ("raises_here:A", "It raises ZeroDivisionError: division by zero"),
    ):
        with pytest.raises(ConfigError, match=message):
            _loss_path.named(path)
    empty = SimpleNamespace(_hidden=print, number=3)
    assert "(none)" in _loss_path._no_function(empty, "empty", "make")
    assert "_hidden" not in _loss_path._no_function(SimpleNamespace(_hidden=print, seen=print), "m", "make")


def test_a_missing_part_of_the_path_is_told_from_a_missing_import() -> None:
    assert _loss_path._no_module("a.b.c", "a.b").startswith("There is no module 'a.b'")
    assert _loss_path._no_module("ab", "a").startswith("`ab` must be importable. It imports 'a'")
