"""Programs as people write them, from their rows to the answer; each answer's lines are run again as printed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ablate
from ablate.try_remedies.verdict import Verdict
from tests.engine.as_is.programs import rows

RELU = "layers.Dense(8, activation='relu')"
ONE = f"{RELU}, layers.Dense(1, activation='sigmoid')"
THREE = f"{RELU}, layers.Dense(3, activation='softmax')"
STILL = "layers.Dense(8, trainable=False, kernel_initializer='zeros'), layers.Dense(3, 'softmax', trainable=False)"
BINARY, SPARSE = "binary_crossentropy", "sparse_categorical_crossentropy"
FALLS = "keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(1e-3, 1, 0.1))"


@dataclass(frozen=True, kw_only=True)
class Own:
    """A program and its truth: layers, optimizer, loss, labels, classes; state, exit status and cause."""

    stack: str = THREE
    optimizer: str = "keras.optimizers.Adam(0.01)"
    loss: str = SPARSE
    labels: str = "y"
    classes: int = 3
    state: str = "stuck"
    status: int = 1
    cause: str = ""


WORDS = ("epochs=6", "seeds=3", "minutes=120")
"""What is asked of each; a crowded machine takes long."""

PROGRAMS = {
    "healthy": Own(stack=ONE, loss=BINARY, classes=2, state="healthy", status=0),
    "softmax_of_one": Own(stack=ONE.replace("sigmoid", "softmax"), loss=BINARY, classes=2, cause="one_softmax"),
    "tiny_rate": Own(optimizer="keras.optimizers.Adadelta(1e-6)", cause="small_rate"),
    "decays": Own(optimizer=FALLS, cause="decayed_rate"),
    "decay_of_weights": Own(optimizer="keras.optimizers.AdamW(1e-3, weight_decay=90.0)", cause="weight_decay"),
    "labels_from_one": Own(labels="y + 1", state="error", cause="label_range"),
    "frozen": Own(stack=STILL, cause="frozen"),
    "nothing": Own(labels="np.random.default_rng(0).permutation(y)", status=3, cause="labels_unrelated"),
}


def written(folder: Path, name: str) -> Path:
    """The script of a program."""
    own = PROGRAMS[name]
    path = folder / f"{name}.py"
    path.write_text(
        "import keras\nimport numpy as np\nfrom keras import layers\nfrom tests.engine.as_is.programs import rows\n"
        f"def make_data():\n    x, y = rows(600, {own.classes})\n    return x, {own.labels}\n"
        f"def make_model():\n    model = keras.Sequential([keras.Input((6,)), {own.stack}])\n"
        f"    model.compile({own.optimizer}, '{own.loss}', metrics=['accuracy'])\n    return model\n"
    )
    return path


def command(folder: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    """Exit status and answer of `ablate try --json`."""
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    line = [sys.executable, "-m", "ablate.commands.main", "try", *words, "--json"]
    said = subprocess.run(line, capture_output=True, text=True, check=False, cwd=folder, env=environment)
    return said.returncode, json.loads(said.stdout or "{}"), said.stderr


def check_patch(verdict: dict[str, Any], path: Path) -> None:
    """Run the lines as they are printed, with the user's own names."""
    from ablate.engine.as_is import script

    own = script.load(str(path))
    x, y = own["make_data"]()
    names = {"make_model": own["make_model"], "x": x, "y": y}
    exec(verdict["recommended"]["patch"], names)  # noqa: S102 - what a user would paste
    predicted = np.asarray(names["model"](names["x"]))
    right = predicted[:, 0] > 0.5 if predicted.shape[1] == 1 else predicted.argmax(1)
    assert (right == names["y"]).mean() > 0.8


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_state_cause_way_out_and_lines(name: str, tmp_path: Path) -> None:
    own, path = PROGRAMS[name], written(tmp_path, name)
    ended, answer, told = command(tmp_path, f"{path.name}:make_model", f"{path.name}:make_data", *WORDS)
    assert (answer.get("state"), ended) == (own.state, own.status), told
    assert not own.cause or own.cause in [one["name"] for one in answer["causes"][:3]]
    if own.status == 1:
        assert answer["recommended"]["confirmed_on"]["learned"] == 3
        check_patch(answer, path)
    else:
        assert answer["recommended"] is None


@pytest.mark.slow
def test_a_builder_of_a_notebook_needs_no_module() -> None:
    import keras

    class Net(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.one = keras.layers.Dense(8, activation="relu")
            self.last = keras.layers.Dense(3, activation="softmax")

        def call(self, x: Any) -> Any:
            return self.last(self.one(x))

    def make_model() -> Any:
        model = Net()
        model.compile(keras.optimizers.SGD(1e-7), "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    told: list[str] = []
    hear: Callable[[Any], None] = lambda event: told.append(event.text)  # noqa: E731
    said = ablate.try_model(make_model, rows(600, 3), epochs=6, seeds=3, minutes=120, on_event=hear)
    assert isinstance(said, Verdict)
    assert said.state == "stuck"
    assert said.recommended is not None
    assert said.recommended.names[0].startswith(("learning_rate", "optimizer"))
    assert any(line.startswith("STUCK") for line in told)
    assert "<pre>" in said._repr_html_()


@pytest.mark.slow
@pytest.mark.parametrize("after", [1.0, 12.0, 25.0])
def test_a_signal_ends_it_with_an_answer_or_a_word(after: float, tmp_path: Path) -> None:
    path = written(tmp_path, "nothing")
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), "TMPDIR": str(tmp_path)}
    words = [f"{path.name}:make_model", f"{path.name}:make_data", "epochs=60"]
    running = subprocess.Popen(
        [sys.executable, "-m", "ablate.commands.main", "try", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment,
    )
    time.sleep(after)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Traceback" not in out + err
    assert "No way out was found." not in out
    assert not list(tmp_path.glob("ablate-try-*")), "its temporary folder is gone"
