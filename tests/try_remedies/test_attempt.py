"""What is refused before anything is trained, and what is warned of."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ablate import configure
from ablate.commands.exit_status import USAGE_ERROR
from ablate.commands.main import main
from ablate.core.errors import ConfigError
from ablate.core.study import Study
from ablate.try_remedies import attempt
from ablate.try_remedies.candidates import Candidates

NETS = "tests.engine.nets"


@pytest.mark.parametrize(("seeds", "warned"), [(4, True), (5, False)])
def test_too_few_seeds_to_prove_anything_are_warned_of(seeds: int, warned: bool) -> None:
    found = list(attempt._too_few_seeds(configure.compose([f"seed=range({seeds})"])))
    assert bool(found) == warned
    assert not found or found[0].what == "At least 5 seeds are needed to prove that a remedy works; you gave 4."


def test_words_name_a_factor_also_by_one_of_its_parameters() -> None:
    assert attempt._keys(["loss.eps=1e-3", "++optimizer.beta_2=0.9", "baseline.width=8", "task=digits"]) == {
        "loss.eps", "loss", "optimizer.beta_2", "optimizer", "baseline.width", "task",
    }  # fmt: skip


def test_what_the_words_fix_and_what_is_warned_of_reaches_menu_and_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    study = configure.compose([f"model={NETS}:stack", "seed=range(2)", "learning_rate=0.5", "loss=clipped"])
    monkeypatch.setattr(attempt, "_study", lambda _: study)
    monkeypatch.setattr(attempt, "check_model_and_data", lambda _: ())
    told: list[str] = []

    def stop(own: Study, **_: Any) -> None:
        told.append(f"{own.name}: trained")
        raise KeyboardInterrupt

    monkeypatch.setattr("ablate.runner.sweep.sweep", stop)
    hear = lambda event: told.append(event.text)  # noqa: E731
    with pytest.raises(KeyboardInterrupt):
        attempt.attempt(["learning_rate=0.5", "loss=clipped", "executor=ray"], on_event=hear)
    assert "At least 5 seeds are needed to prove that a remedy works; you gave 2. Omit `seed` to use 8." in told[0]
    assert "not tried: learning_rate: one value is given." in told[0]
    assert "not tried: loss: one value is given." in told[0]
    assert told[1].endswith(": trained")


@pytest.fixture
def arrays(tmp_path: Path) -> Path:
    from sklearn.datasets import load_digits

    found = load_digits()
    np.savez(tmp_path / "digits.npz", x=found.data, y=found.target)
    return tmp_path / "digits.npz"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "Name your model, as `model=my_package:make_model`. Received none."),
        (["model=nowhere_at_all:build"], "no module 'nowhere_at_all'"),
        ([f"model={NETS}:stak"], "Did you mean 'stack'"),
        ([f"model={NETS}:wrong", "model.arguments.how=raises"], "ZeroDivisionError"),
        ([f"model={NETS}:images", "width=4,8"], "`width` cannot vary"),
        (["model=mpl"], "Unknown level of `model`: 'mpl'. Did you mean 'mlp'?"),
    ],
)
def test_what_cannot_be_tried_ends_with_status_2_and_writes_nothing(
    words: list[str], message: str, arrays: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = sorted(arrays.parent.iterdir())
    status = main(["try", *words, "task=npz", f"path={arrays}", f"results_dir={arrays.parent / 'results'}"])
    said = capsys.readouterr()
    assert status == USAGE_ERROR
    assert message in said.err
    assert said.out == ""
    assert sorted(arrays.parent.iterdir()) == there


def test_every_factor_fixed_is_nothing_to_try(monkeypatch: pytest.MonkeyPatch) -> None:
    study = configure.compose(["seed=0"])

    def bare(own: Study, given: Collection[str]) -> Candidates:  # noqa: ARG001
        factors = tuple(dataclasses.replace(each, levels=(each.baseline,)) for each in own.factors)
        return Candidates(study=dataclasses.replace(own, factors=factors), left_out={})

    monkeypatch.setattr(attempt, "_study", lambda _: study)
    monkeypatch.setattr(attempt, "check_model_and_data", lambda _: ())
    monkeypatch.setattr(attempt, "choose", bare)
    with pytest.raises(ConfigError, match="There must be a remedy to try"):
        attempt.read([])


def test_the_chance_level_is_measured_ahead_and_what_is_wrong_is_left_to_the_reader(
    arrays: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[int] = []
    monkeypatch.setattr(attempt.chance_level, "measure", lambda task: measured.append(task.classes))
    words = ["task=npz", f"path={arrays}"]
    attempt.measure_chance([f"model={NETS}:missing", "model.arguments.how=raises", *words])
    assert measured == [10], "the model is not read"
    for wrong in (["task=nowhere"], ["task=npz", "path=/nowhere.npz"], ["loss=fusd"]):
        attempt.measure_chance([f"model={NETS}:stack", *wrong])
    x = np.random.default_rng(0).normal(size=(40, 2))
    np.savez(arrays.parent / "alike.npz", x=x, y=np.zeros(40, int))
    attempt.measure_chance(["task=npz", f"path={arrays.parent / 'alike.npz'}"])
    assert measured == [10]


def test_a_worker_reads_the_model_and_this_process_never_loads_tensorflow(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from ablate.try_remedies import attempt\n"
        f"words = ['model={NETS}:stack', 'task=digits', 'results_dir={tmp_path}', 'seed=range(2)',\n"
        "         'steps=4', 'looks=2', 'learning_rate=0.1,0.2', 'width=16', 'loss=fused', 'optimizer=sgd']\n"
        "def stop(*_, **__):\n"
        "    print('heavy:', sorted({'tensorflow', 'keras'} & set(sys.modules)))\n"
        "    raise KeyboardInterrupt\n"
        "attempt.sweep.sweep = stop\n"
        "attempt.measure_chance = lambda given: print('measured:', given == words)\n"
        "attempt.attempt(words)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "heavy: []" in done.stdout, done.stdout + done.stderr
    assert "measured: True" in done.stdout
    assert f"model {NETS}:stack" in done.stdout
