from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest

from ablate import configure
from ablate.design import designs
from ablate.report.explorer_data import commands
from ablate.report.section_inputs import section_inputs
from ablate.results import study_results
from tests.synthetic import LOSS, build, factor, study


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    path = tmp_path / "my (own) data.npz"
    np.savez(path, x=rng.normal(size=(400, 5)).astype(np.float32), y=np.arange(400) % 4)
    return path


@pytest.mark.parametrize(
    "overrides",
    [
        ["loss=clipped,fused", "loss.eps=1e-5"],
        ["task=npz", "path='DATA'", "width=32,64"],
        ["optimizer=momentum", "optimizer.momentum=.5", "learning_rate=1e-3,1e-1"],
        ["task=blobs", "task.classes=4", "width=32,64"],
        ["start=fresh,collapsed", "loss=clipped,fused"],
    ],
)
def test_the_command_of_a_setting_trains_that_setting_alone(tmp_path: Path, data: Path, overrides: list[str]) -> None:
    """A command that Hydra cannot parse, or that means another setting, would be of no use to a reader."""
    made = configure.compose(
        [*(word.replace("DATA", str(data)) for word in overrides), "study=mine", "seed=range(2)", "steps=50"]
    )
    results = study_results.load(build(tmp_path, made, lambda *_: "escaped"))
    inputs = section_inputs(results)
    lines = commands(results, inputs.settings, inputs.keys)
    by_names = {
        tuple(setting[name].name for name in results.varying): setting for setting in designs.settings(results.study)
    }
    assert len(lines) == len(by_names) > 0
    names = inputs.settings[list(results.varying)].astype(str).itertuples(index=False, name=None)
    for line, levels in zip(lines, names, strict=True):
        words = shlex.split(line)
        assert words[:2] == ["ablate", "sweep"]
        again = configure.compose(words[2:])
        (setting,) = designs.settings(again)
        assert setting.params() == by_names[levels].params()
        assert (again.name, again.seeds, again.budget.steps) == ("mine-again", (0, 1), 50)


def test_a_factor_that_is_not_installed_here_gives_no_command(tmp_path: Path) -> None:
    own = study(
        factors=(factor("loss", LOSS), factor("strange", {"a": {"kind": "a"}, "b": {"kind": "b"}})),
        seeds=(0,),
        contrasts=(),
    )
    inputs = section_inputs(study_results.load(build(tmp_path, own, lambda *_: "escaped")))
    assert set(commands(inputs.results, inputs.settings, inputs.keys)) == {""}
