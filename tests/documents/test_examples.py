"""The examples compose, install and train, and say what they say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import ablate
from tests import forked
from tests.core.test_study import FROZEN
from tests.installed import install

ROOT = Path(__file__).parents[2]

PRELUDE = """
import json, sys
import ablate
from ablate import configure, remedies, tasks
from ablate.design import designs as design
def trials(*words):
    return design.trials(ablate.compose(["input_scale=standardized", *words]), lambda params: "0123456789abcdef")
"""

TRAINED = """
from ablate.engine import training
from ablate.engine.program import stacks
from tests.engine import small
found = {}
words = ["task=digits", "width=8", "depth=1", "batch_size=16", "steps=20", "looks=4", "seed=0", "learning_rate=0.01"]
study = ablate.compose([*words, "loss=focal,focal_0,fused", "centering=off,on", "optimizer=sgd"])
own = design.trials(study, lambda params: tasks.load(params).hash)
with small.short_switches():
    for stack in stacks(own):
        for trial, curves in zip(stack.trials, training.train(stack)):
            name = f"{trial.setting['loss'].name} {trial.setting['centering'].name}"
            found[name] = curves.signals["weight_norm"].tolist()
print(json.dumps(found))
"""


HALF = "from ablate.remedies import Remedy\none = Remedy(name='mine', neutral={'kind': 'off'})\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both example packages as installed."""
    target = tmp_path_factory.mktemp("site")
    for example in ("own_level", "own_factor"):
        install(example, target)
    return target


def run(code: str, *paths: Path, status: int = 0) -> str:
    """What the code prints in a Python that has these folders on its path; its errors if it is to fail."""
    said = forked.python(PRELUDE + code, paths=[*paths, ROOT])
    assert (said.status != 0) == (status != 0), said.err
    return said.out.strip().splitlines()[-1] if status == 0 else said.err


def test_a_level_in_a_folder_of_ones_own_is_a_level_like_ours() -> None:
    folder = ROOT / "examples" / "own_level" / "conf"
    study = ablate.compose([f"hydra.searchpath=[file://{folder}]", "loss=clipped_1e-5,clipped,fused"])
    found = {level.name: level.params for level in study.factor("loss").levels}
    assert found["clipped_1e-5"] == {"kind": "clipped", "eps": 1e-5}
    assert set(found) == {"clipped_1e-5", "clipped", "fused"}


def test_installed_levels_and_factors_are_like_ours_and_move_no_id(site: Path) -> None:
    frozen = [[list(words), name] for words, name in FROZEN.items()]
    code = f"""
frozen = {{tuple(words): name for words, name in {frozen!r}}}
moved = [words for words, name in frozen.items() if trials(*words)[0].id != name]
levels = configure.factors()
study = ablate.compose(["loss=focal", "loss.gamma=0.5,2", "centering=on", "centering.share=0.5"])
again = configure.compose(configure.overrides_for(study.baseline.params())).baseline
same = trials("seed=0", "centering=off")[0].id == trials("seed=0")[0].id
other = trials("seed=0", "centering=on")[0].id != trials("seed=0")[0].id
print(json.dumps([moved, levels["centering"], sorted(set(levels["loss"]) & {{"focal", "focal_0"}}),
    [level.params["gamma"] for level in study.factor("loss").levels],
    dict(again.levels) == dict(study.baseline.levels), same, other,
    "tensorflow" in sys.modules]))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (site, ROOT)))}
    whole = [sys.executable, "-c", PRELUDE + code]  # what `run` forks may have TensorFlow
    out = subprocess.run(whole, env=environment, capture_output=True, text=True, check=True).stdout
    moved, centering, focal, gammas, again, same, other, heavy = json.loads(out.splitlines()[-1])
    assert moved == []
    assert centering == ["off", "on"]
    assert focal == ["focal", "focal_0"]
    assert gammas == [0.5, 2.0]
    assert again
    assert same
    assert other
    assert not heavy


def test_installed_levels_and_factors_train(site: Path) -> None:
    found = json.loads(run(TRAINED, site))
    assert found["focal_0 off"] == pytest.approx(found["fused off"], rel=1e-5), "gamma 0 is the cross-entropy"
    assert found["focal off"][-1] != pytest.approx(found["fused off"][-1], rel=1e-5)
    assert found["fused on"][-1] != pytest.approx(found["fused off"][-1], rel=1e-5)


def entry(target: Path, group: str, name: str, value: str, module: str = "") -> Path:
    """A package with one entry point, perhaps a wrong one."""
    record = target / "broken-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (record / "entry_points.txt").write_text(f"[{group}]\n{name} = {value}\n")
    (target / "broken.py").write_text(module)
    return target


@pytest.mark.parametrize(
    ("group", "name", "value", "module", "message"),
    [
        ("ablate.levels", "loss.own_one", "broken:missing", "", "must name something that can be imported"),
        ("ablate.levels", "loss.own_one", "broken:one", "raise RuntimeError('no')", "raises RuntimeError: no"),
        ("ablate.levels", "loss.own_one", "broken:one", "one = 3", "must be a function"),
        ("ablate.levels", "loss.own_one", "broken:one", "def one(t, z, *, a): pass", "Received: no default"),
        ("ablate.levels", "loss", "broken:one", "def one(t, z): pass", "must be named FACTOR.KIND"),
        ("ablate.levels", "los.own_one", "broken:one", "def one(t, z): pass", "Did you mean 'loss'?"),
        ("ablate.factors", "mine", "broken:one", "one = 3", "must name an `ablate.remedies.Remedy`. Received: 3"),
        ("ablate.factors", "your", "broken:one", HALF, "Its `Remedy` has the name 'mine'"),
        ("ablate.factors", "mine", "broken:one", HALF, "The factor `mine` lacks `summary`: what the factor changes"),
        ("ablate.factors", "loss", "broken:one", "one = 3", "must have another name: ablate has a factor of that name"),
        ("ablate.conf", "mine", "broken", "", "must name a package with a folder `conf`"),
    ],
)
def test_an_entry_point_that_cannot_be_is_named(
    group: str, name: str, value: str, module: str, message: str, tmp_path: Path
) -> None:
    code = 'ablate.compose(["loss=fused"]); remedies.checked("loss", {"kind": "own_one"})'
    said = run(code, entry(tmp_path, group, name, value, module), status=1)
    assert message in said
    assert "ConfigError" in said


def test_a_level_whose_code_has_changed_is_not_the_old_one(tmp_path: Path) -> None:
    entry(tmp_path, "ablate.levels", "loss.own_one", "broken:one", "def one(t, z, *, a=1.0): pass\n")
    old = json.loads(run('print(json.dumps(remedies.checked("loss", {"kind": "own_one"})))', tmp_path))
    assert old["a"] == 1.0
    (tmp_path / "broken.py").write_text("def one(t, z, *, a=1.0): return 0\n")
    assert "must have the hash" in run(f'remedies.checked("loss", {old})', tmp_path, status=1)
