"""Programs that go wrong are told of while they train, with the cause; others are not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

import ablate
from ablate.commands.main import main
from ablate.engine.callback.records import Look
from ablate.watching import card, diagnosis

RNG = np.random.RandomState(0)
Y = np.arange(400) % 4
X = (2.0 * RNG.normal(size=(4, 8))[Y] + RNG.normal(size=(400, 8))).astype("float32")
LOSS = "sparse_categorical_crossentropy"


class Unbuilt(keras.Model):
    """A model that has no weights before it sees rows."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = layers.Dense(16, activation="relu"), layers.Dense(4, activation="softmax")

    def call(self, x: Any) -> Any:
        return self.last(self.first(x))


def fitted(
    optimizer: Any = "adam",
    loss: Any = LOSS,
    start: Any = "glorot_uniform",
    epochs: int = 6,
    model: Any = None,
    **fit: Any,
) -> Any:
    keras.utils.set_random_seed(1)
    model = model or keras.Sequential(
        [
            keras.Input((8,)),
            layers.Dense(16, activation="relu", kernel_initializer=start),
            layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile(optimizer, loss, metrics=["accuracy"])
    watch = ablate.Watch(**fit)
    model.fit(X[:320], Y[:320], validation_data=(X[320:], Y[320:]), epochs=epochs, verbose=0, callbacks=[watch])
    assert watch.problems == []
    return watch


@pytest.fixture(scope="module")
def healthy() -> Any:
    return fitted(keras.optimizers.Adam(0.02))


@pytest.fixture(scope="module")
def dead() -> Any:
    return fitted(keras.optimizers.Adam(0.01), start=keras.initializers.RandomUniform(-0.5, -0.4), epochs=8)


def test_nothing_is_said_of_a_network_that_learns(healthy: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert healthy.finding is None
    assert healthy.course.looks[-1].validation > 0.9
    assert capsys.readouterr().err == ""
    assert "Nothing is wrong" in healthy._repr_html_()


def test_a_rate_of_zero_is_seen_early_and_named() -> None:
    watch = fitted(keras.optimizers.SGD(0.0), model=Unbuilt())
    assert (watch.finding.code, watch.finding.cause) == ("unchanged", "small_rate")
    assert watch.finding.step <= 20
    assert watch.finding.repairs[0].keras


def test_numbers_that_are_not_finite_are_named_with_their_step_and_a_usual_rate() -> None:
    finding = fitted(keras.optimizers.SGD(1e30), epochs=2).finding
    assert (finding.code, finding.cause) == ("diverged", "large_steps")
    assert finding.since <= 3
    assert finding.repairs[0].keras == ("model.optimizer.learning_rate = 0.1",)
    assert [one.name for one in finding.evidence] == ["first step that is not finite"]
    assert f"from step {finding.since} on" in finding.why
    assert ".." not in finding.text()


def test_a_card_has_curves(healthy: Any) -> None:
    text = card.card(healthy.course, healthy.findings, "line")
    assert text.count("<svg") >= 3


def test_scalars_go_to_a_writer() -> None:
    from ablate.engine.callback import scalars

    class Writer:
        def __init__(self) -> None:
            self.got: list[tuple[str, float, int]] = []

        def add_scalar(self, name: str, value: float, step: int) -> None:
            self.got.append((name, value, step))

    writer = Writer()
    scalars.write(writer, Look(step=3, epoch=0, loss=0.5, train=None))
    assert writer.got == [("watch/loss", 0.5, 3)]


def test_figures_alone_tell_what_and_not_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "history.csv"
    rows = ["loss,accuracy", *(f"{2.0 / n},{0.3 * n}" for n in (1, 2, 3)), *["14.5,0.1"] * 5]
    path.write_text("\n".join(rows), encoding="utf-8")
    assert main(["diagnose", str(path), "classes=10"]) == 3
    assert "learned and fell back, since epoch 4 (seen at epoch 8)" in (told := capsys.readouterr().out)
    assert "step" not in told
    assert main(["diagnose", str(tmp_path / "none.csv")]) == 2


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # as Keras saves a model
def test_a_saved_model_is_diagnosed(tmp_path: Path) -> None:
    watch = fitted(keras.optimizers.SGD(0.0), epochs=1)
    watch.model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "data.npz", x=X, y=Y)
    answer = diagnosis.of_model(tmp_path / "model.keras", tmp_path / "data.npz")
    assert answer.findings[0].code == "stuck"
    assert answer.status == 1
    assert any("before the first step" in text for text in answer.findings[0].unchecked)


JAX = """
import keras, numpy as np, ablate
from sklearn.datasets import load_digits
x, y = load_digits(return_X_y=True)
x = (x / 16).astype("float32")
keras.utils.set_random_seed(0)
part = [layer for _ in range(2) for layer in (keras.layers.Dense(128), keras.layers.LeakyReLU())]
model = keras.Sequential([keras.Input((64,)), *part, keras.layers.Dense(10, activation="softmax")])
model.compile(keras.optimizers.Adam(0.05), "categorical_crossentropy", metrics=["accuracy"])
watch = ablate.Watch()
model.fit(x, np.eye(10)[y], epochs=9, verbose=0, callbacks=[watch])
print(watch.problems, watch.finding and (watch.finding.code, watch.finding.cause), keras.backend.backend())
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_the_clip_trap_is_found_on_other_back_ends(backend: str) -> None:
    pytest.importorskip(backend)
    import os

    said = subprocess.run(
        [sys.executable, "-c", JAX],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "KERAS_BACKEND": backend},
    ).stdout
    assert f"'clip_trap') {backend}" in said, said
