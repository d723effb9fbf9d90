"""The report of a small study, word for word and number for number: whatever changes in it is noticed."""

from __future__ import annotations

from pathlib import Path

from ablate.report import folder, pictures, remedy_rows
from ablate.report.section_inputs import section_inputs
from ablate.report.sections import causes, rates, why
from ablate.report.signals import SIGNALS
from ablate.results import study_results
from tests import recorded
from tests.report.drawn import described
from tests.report.recorded_page import text_of


def test_the_page_and_the_tables_of_a_small_study_are_as_recorded(small_folder: Path) -> None:
    recorded.same("small_report", text_of(small_folder / "report"))


def test_the_figures_of_a_small_study_are_as_recorded(small_folder: Path) -> None:
    results = study_results.load(small_folder)
    inputs = section_inputs(results, SIGNALS)
    remedies, ends = remedy_rows.remedy_table(inputs), causes.endings(results)
    part = why.section(inputs, ends, remedies)
    every = [one for section in folder._sections(inputs, ends, remedies) for one in section.pictures]
    every += [rates.glance(inputs), *rates.heats(inputs)]
    text = [f"{one.name}: {one.size[0]:.4g} x {one.size[1]:.4g} {one.choice} {one.on_page}" for one in every]
    for picture in part.pictures:
        text += [f"# {picture.name}", picture.caption, *described(pictures.figure(picture))]
    recorded.same("small_figures", "\n".join(text))


def test_defaults_are_as_recorded() -> None:
    recorded.same("defaults_report", recorded.defaults("ablate.report"))
