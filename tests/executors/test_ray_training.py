"""Real training on Ray: a study's tables and curves are the local executor's, bit for bit, though a node dies."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pandas as pd  # noqa: F401 - before `fake_sweep` restores the modules that were loaded
import pytest

from ablate import store
from ablate.runner import training_backend
from tests import fake_sweep
from tests.executors import ray_here
from validation import kills

WORDS = (
    "loss=clipped,fused", "learning_rate=0.05,0.001", "width=512", "depth=1", "optimizer=sgd", "steps=150", "looks=8",
    "seed=range(24)",
)  # fmt: skip
"""96 trials of one program, 8 a stack."""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::FutureWarning", "ignore::DeprecationWarning")
def test_a_study_that_is_trained_on_ray_and_loses_a_node_has_the_local_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A shard of every stack, so that what is there can be seen: the default was read when the module was.
    monkeypatch.setitem(store.writer.__wrapped__.__kwdefaults__, "trials", 8)  # type: ignore[attr-defined]
    there: list[int] = []
    with ray_here.cluster() as cluster:
        first, _ = cluster.add_node(num_cpus=1), cluster.add_node(num_cpus=1)

        def strike() -> None:
            folder = tmp_path / "ray" / "fake"
            end = time.monotonic() + 300
            while not (folder.is_dir() and len(store.done(folder)) >= 24) and time.monotonic() < end:
                time.sleep(0.05)
            there.append(len(store.done(folder)))
            cluster.remove_node(first, allow_graceful=False)

        threading.Thread(target=strike, daemon=True).start()
        study = fake_sweep.study(tmp_path / "ray", "executor=ray", *WORDS)
        summary, _ = fake_sweep.swept(study, training_backend.package_engine())
    calm, _ = fake_sweep.swept(fake_sweep.study(tmp_path / "local", *WORDS), training_backend.package_engine())
    assert there
    assert 24 <= there[0] < 96, "the node died in mid-sweep"
    assert summary.kept == summary.planned == calm.planned == 96
    assert not summary.failures
    on_ray, here = kills.texts(tmp_path / "ray" / "fake"), kills.texts(tmp_path / "local" / "fake")
    assert set(store.read_states(tmp_path / "ray" / "fake")["state"]) <= {"escaped", "stuck", "slow", "collapsed"}
    for table in here:
        assert on_ray[table] == here[table], table
