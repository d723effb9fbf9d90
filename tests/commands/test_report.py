"""A report, written again."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

from tests.commands.conftest import Said


def test_report_is_written_from_what_is_stored(said: Said, results: Path, place: str) -> None:
    with mock.patch("ablate.report.write", return_value=Path("the page")) as called:
        assert said("report", "fake", place) == (0, "Report: the page/report.html\n", "")
    assert called.call_args.args[0].folder == results / "fake"
    assert len(called.call_args.args[0].trials) == 12
    assert called.call_args.args[2] == []


def test_formats_may_be_listed_and_repeated(said: Said, place: str) -> None:
    with mock.patch("ablate.report.write", return_value=Path("the page")) as called:
        assert said("report", "fake", place, "--formats", "svg, tex", "--formats", "md")[0] == 0
    assert called.call_args.args[2] == ["svg", "tex", "md"]


def test_an_unknown_format_is_refused(said: Said, place: str) -> None:
    message = "ablate: Unknown format of a report: 'pgf'. Did you mean 'png'? Allowed: md, pdf, png, svg, tex.\n"
    assert said("report", "fake", place, "--formats", "pgf") == (2, "", message)
