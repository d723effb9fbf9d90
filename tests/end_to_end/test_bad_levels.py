"""Levels of somebody else that raise, return NaN, hang or swallow memory, trained for real beside sound ones."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pandas as pd
import pytest

from ablate import store
from ablate.commands.main import main
from tests import fake_engine
from tests.fake_sweep import FAKE
from tests.hydra_app.fake_multirun import faked

ROOT = Path(__file__).parents[2]
KINDS = ("raises", "nan", "hangs", "swallows")

PACKAGE = """
import time
import numpy as np

def raises(x):
    raise ArithmeticError("no such curve")

def nan(x):
    return x * float("nan")

def hangs(x):
    while True:
        time.sleep(0.1)

def swallows(x):
    held = []
    while True:
        held.append(np.ones(2**21))
        time.sleep(0.002)
"""

WORDS = ("task=spirals", "study=bad", "input_scale=standardized", "width=8", "depth=1", "optimizer=sgd", "steps=20",
         "looks=4", "seed=0", "memory=1800")  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package as installed."""
    place = tmp_path_factory.mktemp("site")
    (place / "bad_levels.py").write_text(PACKAGE, encoding="utf-8")
    conf = place / "bad_levels_conf" / "conf" / "activation"
    conf.mkdir(parents=True)
    (place / "bad_levels_conf" / "__init__.py").touch()
    for kind in KINDS:
        (conf / f"{kind}.yaml").write_text(f"kind: {kind}\n", encoding="utf-8")
    record = place / "bad_levels-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: bad-levels\nVersion: 1.0\n", encoding="utf-8")
    levels = "\n".join(f"activation.{kind} = bad_levels:{kind}" for kind in KINDS)
    text = f"[ablate.levels]\n{levels}\n\n[ablate.conf]\nbad_levels = bad_levels_conf\n"
    (record / "entry_points.txt").write_text(text, encoding="utf-8")
    return place


def swept(
    site: Path, out: Path, activations: str, *words: str
) -> tuple[subprocess.CompletedProcess[str], pd.DataFrame]:
    """What the command said, and how its trials ended."""
    command = [
        sys.executable,
        "-m",
        "ablate.commands.main",
        "sweep",
        *WORDS,
        f"activation={activations}",
        f"results_dir={out}",
    ]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (site, ROOT)))}
    done = subprocess.run([*command, *words], capture_output=True, text=True, check=False, env=environment, timeout=600)
    return done, store.read_states(out / "bad") if (out / "bad").exists() else pd.DataFrame()


REASONS = {
    "raises": "ArithmeticError: no such curve",
    "hangs": "took longer than 40 seconds (`patience`)",
    "swallows": "(`memory`)",
}


@pytest.mark.parametrize(
    "kinds", [("raises", "nan"), pytest.param(KINDS, marks=pytest.mark.slow)], ids=["that end", "all"]
)
def test_each_fails_for_its_own_reason_and_the_others_end_with_the_same_bits(
    kinds: tuple[str, ...], site: Path, tmp_path: Path
) -> None:
    """Levels that hang or swallow memory take minutes; tests/runner/test_sweep.py shows it with made-up training."""
    patience = ("patience=40", "workers=2") if "hangs" in kinds else ("workers=1",)
    _, calm = swept(site, tmp_path / "calm", "relu", "workers=1")
    assert len(calm) == 1
    done, trials = swept(site, tmp_path / "bad", ",".join(("relu", *kinds)), *patience)
    assert done.returncode == 0, done.stderr
    assert len(trials) == 1 + len(kinds)
    kind = trials["factors"].str.extract(r'"activation":{[^}]*"kind":"(\w+)"')[0]
    for name, reason in REASONS.items():
        if name in kinds:
            failed = trials[kind == name]
            assert set(failed["state"]) == {"failed"}
            assert failed["message"].str.contains(reason, regex=False).all(), failed["message"].tolist()
            assert all(identifier in done.stdout for identifier in failed["id"]), "every failure is listed"
    assert trials[kind == "nan"]["state"].tolist() == ["diverged"], trials[kind == "nan"]["message"].tolist()
    assert (trials[kind == "nan"]["bad_step"] == 1).all()
    assert trials[kind == "relu"].set_index("id")["digest"].to_dict() == calm.set_index("id")["digest"].to_dict()


def test_fail_fast_ends_at_the_first_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    engine = dataclasses.replace(FAKE, train=fake_engine.train_but_seed_1_raises)
    words = ("task=words", "width=16", "seed=range(3)", "workers=1", "fail_fast=true", f"results_dir={tmp_path}")
    with faked(), mock.patch("ablate.runner.training_backend.package_engine", return_value=engine):
        assert main(["sweep", *words]) == 2
    said = capsys.readouterr()
    assert "ArithmeticError: seed 1 cannot be trained" in said.err
    assert "Traceback" not in said.err + said.out
