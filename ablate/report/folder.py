"""Write the report's folder beside the old one, and replace the old one when the new one is complete."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from ablate.core import filesystem, half_written
from ablate.core.errors import ConfigError, StoreError, unknown
from ablate.core.filesystem import Address, Place
from ablate.report import packing, page, pictures, remedy_rows, tables
from ablate.report.page_parts import Section, TableFile
from ablate.report.pictures import Drawn, Picture
from ablate.report.remedy_rows import RemedyTable
from ablate.report.section_inputs import Inputs, section_inputs
from ablate.report.sections import causes, effects, failures, importance, odds, rates, search, sets, time, training, why
from ablate.report.signals import SIGNALS
from ablate.results.study_results import Results
from ablate.stats import seed_spending
from ablate.store import manifest

FORMATS = (*pictures.FORMATS, "md", "tex")
"""The formats that a report may have besides the page and CSV: of figures, and of tables."""

PUBLISHED = (
    "start_state",
    "after_escape",
    "best_accuracy",
    "final_accuracy",
    "bad_step",
    "bad_tensor",
    "message",
    "task_hash",
)


def write(results: Results, into: Place | None = None, formats: Sequence[str] = ()) -> Place:
    """Write the report anew; equal shards give equal bytes. The old report stays until the new one is complete.

    The folder `report` holds `report.html`, `tables/*.csv`, `trials.parquet` (id, the factors by level name, seed,
    state, time, ...), `endings.parquet` (id, cause and last signals) and the manifest. A report of published parts has
    neither Parquet file, because the parts have them.

    Args:
        results: the study's results.
        into: the folder that gets the folder `report`; the study's own by default.
        formats: any of FORMATS: figures/ gets every figure as pdf, png or svg, tables/ every table as md or tex.

    Returns:
        The folder `report`.

    Raises:
        ConfigError: an unknown format.
        StoreError: `into` is the study's own folder, and there are neither shards nor parts, only the published report
            itself; or the folder cannot be written.
    """
    for name in formats:
        if name not in FORMATS:
            raise ConfigError(unknown("format of a report", name, FORMATS))
    into = results.folder if into is None else into
    target = into / "report"
    if not results.complete and not results.parts and into == results.folder:
        raise StoreError(
            "A report must be made from shards, or from published parts. Received neither in "
            f"{results.folder}: the published report is {target}; `ablate sweep` trains the study anew."
        )
    if not len(results.trials):
        raise StoreError(
            f"A report must have trials of its study. Received none in {results.folder}: run `ablate sweep` with the "
            "study's command."
        )
    beside = into if isinstance(into, Path) else Path(tempfile.mkdtemp(prefix="ablate-"))
    new = half_written.temporary(beside / "report")
    shutil.rmtree(new, ignore_errors=True)
    try:
        _fill(new, results, formats, with_trials=results.complete or into != results.folder)
        if isinstance(target, Path):
            _swap(new, target)
        else:
            _upload(new, target)
    except OSError as error:
        raise StoreError(f"The report's folder {target} must be writable. Received: {error.strerror}.") from error
    finally:
        shutil.rmtree(new if beside == into else beside, ignore_errors=True)
    return target


def _fill(new: Path, results: Results, formats: Sequence[str], *, with_trials: bool) -> None:
    (new / "tables").mkdir(parents=True)
    if set(formats) & set(pictures.FORMATS):
        (new / "figures").mkdir()
    inputs, ends = section_inputs(results, SIGNALS), causes.endings(results)
    used: Counter[str] = Counter()

    def drawn(made: Sequence[Picture]) -> list[Drawn]:
        """Draw figures; a name that was used before gets a number, because names become ids and file names."""
        result = []
        for picture in made:
            used[picture.name] += 1
            number = used[picture.name]
            named = picture if number == 1 else replace(picture, name=f"{picture.name}-{number}")
            result.append(pictures.draw(named, new / "figures", formats))
        return result

    (glance,) = drawn([rates.glance(inputs)])
    heats = drawn(rates.heats(inputs))
    remedies = remedy_rows.remedy_table(inputs)
    made = [(section, drawn(section.pictures)) for section in _sections(inputs, ends, remedies)]
    content = page.Content(
        inputs=inputs, glance=glance, remedies=remedies, heats=heats, sections=made, ends=ends, formats=formats
    )
    (new / "report.html").write_text(packing.pack(page.html(content)), encoding="utf-8")
    _, interval = seed_spending.interval(results.study)
    caption = f"Settings: trials by state, escape rate with its {interval}, median step of escape"
    settings = TableFile(name="settings", caption=caption, frame=inputs.settings)
    for file in (settings, *(file for section, _ in made for file in section.files)):
        tables.save(file.frame, new / "tables", file.name, file.caption, formats)
    if with_trials:
        published(results).to_parquet(new / "trials.parquet", index=False, compression="zstd")
        ends.to_parquet(new / "endings.parquet", index=False, compression="zstd")
    (new / "manifest.json").write_bytes(manifest.encoded(results.manifest))


def _sections(inputs: Inputs, ends: pd.DataFrame, remedies: RemedyTable) -> list[Section]:
    """Return the page's sections in their order; the first is not folded.

    A search has no sections that pool over the settings that it chose.
    """
    designed = not inputs.results.searched
    made = [
        why.section(inputs, ends, remedies),
        search.section(inputs),
        effects.section(inputs) if designed else None,
        rates.section(inputs) if designed else None,
        odds.section(inputs) if designed else None,
        importance.section(inputs) if designed else None,
        time.section(inputs) if designed else None,
        sets.section(inputs),
        training.section(inputs),
        causes.section(inputs, ends),
        failures.section(inputs),
    ]
    return [section for section in made if section is not None]


def published(results: Results) -> pd.DataFrame:
    """Return the trials as they are published: one row each, without times that depend on the machine."""
    names = [factor.name for factor in results.study.factors]
    frame = results.trials[["id", *names, "seed", "state", "time", *PUBLISHED]].copy()
    for name in (*names, "state"):
        frame[name] = frame[name].astype(str)
    return frame


def _swap(new: Path, target: Path) -> None:
    """Replace the old folder by the new one, so that a reader sees either of them complete."""
    old = half_written.temporary(target.with_name("report-old"))
    if target.exists():
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _upload(new: Path, target: Address) -> None:
    """Upload the new files over the old ones: first the page's files, then the page, and last the manifest.

    A sweep takes a report to be complete if its manifest equals the study's (`study_folder.published`).
    """
    files = [path for path in sorted(new.rglob("*")) if path.is_file() and path.name != manifest.FILE]
    for path in sorted(files, key=lambda path: path.name == "report.html"):
        filesystem.write(target / path.relative_to(new).as_posix(), path.read_bytes())
    for folder in (target, target / "tables", target / "figures"):
        kept = {path.name for path in (new if folder == target else new / folder.name).glob("*")}
        for name in set(filesystem.listed(folder)) - kept:
            filesystem.delete(folder / name)
    filesystem.write(target / manifest.FILE, (new / manifest.FILE).read_bytes())
