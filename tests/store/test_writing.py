from __future__ import annotations

from pathlib import Path

import pytest

from ablate import store
from tests.store.stored_trials import files, record


def test_flushed_by_number_and_by_time(tmp_path: Path) -> None:
    with store.writer(tmp_path, "s", trials=3, seconds=1000.0) as out:
        for number in range(7):
            out.add(record(number))
        assert len(store.done(tmp_path)) == 6
        out.tick()
        assert len(store.done(tmp_path)) == 6
        out.seconds = 0.0
        out.tick()
        assert len(store.done(tmp_path)) == 7
        out.tick()
    assert len(files(tmp_path, "states")) == len(files(tmp_path, "curves")) == 3


def test_what_waits_is_flushed_when_an_error_ends_the_writer(tmp_path: Path) -> None:
    def cut_off() -> None:
        with store.writer(tmp_path, "s") as out:
            out.add(record(1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut_off()
    assert len(store.done(tmp_path)) == 1
