"""A report, written again."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

from tests.commands.conftest import Said


def test_report_is_written_from_what_is_stored(said: Said, results: Path, place: str) -> None:
    with mock.patch("ablate.report.write", return_value=Path("the page")) as called:
        assert said("report", "fake", place) == (0, "Report: the page\n", "")
    assert called.call_args.args[0].folder == results / "fake"
    assert len(called.call_args.args[0].trials) == 12
