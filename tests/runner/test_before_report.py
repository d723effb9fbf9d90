from __future__ import annotations

from functools import partial
from pathlib import Path
from unittest import mock

import pytest

from ablate import store
from ablate.runner.sweep import sweep
from tests import fake_sweep


@pytest.mark.parametrize("told", ["what came out", ""])
def test_what_came_out_is_told_when_all_is_stored_and_the_report_is_not_written_yet(tmp_path: Path, told: str) -> None:
    kept: list[int] = []

    def before_report() -> str:
        kept.append(len(store.outcomes(tmp_path / "fake")))
        return told

    own = fake_sweep.study(tmp_path, "width=16,32", "seed=range(3)")
    with mock.patch.object(fake_sweep, "sweep", partial(sweep, before_report=before_report)):
        _, said = fake_sweep.swept(own)
        assert kept == [6]
        assert said[-2:] == ["what came out", "Writing the report."] if told else "" not in said
        _, said = fake_sweep.swept(own)
        assert kept == [6, 6]
        assert said[-1:] == ["what came out"] if told else "" not in said
