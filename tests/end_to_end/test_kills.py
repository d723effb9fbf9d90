"""The kill script at a tenth of its size, and that it notices what it is there to notice."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from ablate import store
from ablate.store import shards
from tests.fake_sweep import other_bits, study, swept
from validation import kills
from validation.kills import Siege, judged

WORDS = ("width=1024", "learning_rate=1e-3,1e-2", "seed=range(8)")


def test_killed_ten_times_it_ends_with_the_same_bits(tmp_path: Path) -> None:
    start = kills.fake(tmp_path / "traces")
    siege = Siege(seeds=40)
    kills.besiege(tmp_path, start, 10, np.random.default_rng(4), siege, slow=0.0, pause=0.7)
    assert siege.kills.total() == 10
    killed = kills.finish(tmp_path, start, siege.seeds)
    checks = list(judged("killed", siege, killed, kills.finish(tmp_path / "calm", start, siege.seeds)))
    assert [each.check for each in checks if not each.ok] == []
    assert len(store.done(killed)) == 4 * siege.seeds
    assert sum(path.read_text().count("\n") > 1 for path in (tmp_path / "traces").iterdir()) > 0, "no kill cost work"


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("calm")
    swept(study(folder, *WORDS))
    return folder / "fake"


def failing(killed: Path, calm: Path, siege: Siege | None = None) -> set[str]:
    found = judged("x", siege or Siege(seeds=1), killed, calm)
    return {each.check.removeprefix("x: ") for each in found if not each.ok}


def test_an_undisturbed_sweep_passes(tmp_path: Path, calm: Path) -> None:
    swept(study(tmp_path, *WORDS))
    assert failing(tmp_path / "fake", calm) == set()


def test_a_missing_trial_is_noticed(tmp_path: Path, calm: Path) -> None:
    swept(study(tmp_path, *WORDS[:2], "seed=range(7)"))
    assert failing(tmp_path / "fake", calm) == {"trials too many or too few", "tables whose bytes differ, of 4"}


def test_a_trial_twice_is_noticed(tmp_path: Path, calm: Path) -> None:
    swept(study(tmp_path, *WORDS))
    (shard,) = shards.listing(tmp_path / "fake")
    assert shard.curves is not None
    shards.write(tmp_path / "fake", shards.new_stamp(), shards.read(shard.states), shards.read(shard.curves))
    assert failing(tmp_path / "fake", calm) == {"rows that repeat a trial"}


def test_other_bits_are_noticed(tmp_path: Path, calm: Path) -> None:
    swept(study(tmp_path, *WORDS))
    (shard,) = shards.listing(tmp_path / "fake")
    states, curves = other_bits(shard)
    shards.remove(shard)
    shards.write(tmp_path / "fake", shards.new_stamp(), states, curves)
    assert failing(tmp_path / "fake", calm) == {"tables whose bytes differ, of 4"}


def test_lost_shards_and_long_waits_are_noticed(tmp_path: Path, calm: Path) -> None:
    swept(study(tmp_path, *WORDS))
    siege = Siege(seeds=8, kills=Counter(all=1), missing=1, repeated=21.0)
    assert failing(tmp_path / "fake", calm, siege) == {
        "flushed trials missing after a kill",
        "seconds of finished work that one kill cost",
    }


def test_the_committed_run_of_a_hundred_kills_passed() -> None:
    path = kills.ROOT / "results" / "published" / "validation" / "kills.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert {row["ok"] for row in rows} == {"True"}
    assert sum(float(row["value"]) for row in rows if ": kills (" in row["check"]) >= kills.KILLS
