"""The report of a small study, word for word and number for number: whatever changes in it is noticed."""

from __future__ import annotations

from pathlib import Path

from tests import recorded
from tests.report.recorded_page import text_of


def test_the_page_and_the_tables_of_a_small_study_are_as_recorded(small_folder: Path) -> None:
    recorded.same("small_report", text_of(small_folder / "report"))


def test_the_figures_of_a_small_study_are_as_recorded(small_folder: Path, drawn_figures: dict[str, list[str]]) -> None:
    assert (small_folder / "report").is_dir()
    text = [line for name, lines in drawn_figures.items() for line in (f"# {name}", *lines)]
    recorded.same("small_figures", "\n".join(text))


def test_defaults_are_as_recorded() -> None:
    recorded.same("defaults_report", recorded.defaults("ablate.report"))
