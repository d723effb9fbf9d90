"""The report's folder: page, figures, tables and trials, made beside the old one and put in its place when whole."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from ablate.core import filesystem
from ablate.core.errors import StoreError
from ablate.core.filesystem import Address, Place
from ablate.report import causes, drawing, heat, page, pictures, sections, signals, tables
from ablate.report.fans import SIGNALS
from ablate.report.sections import Material
from ablate.report.strata import strata
from ablate.results import settings_table
from ablate.results.study_results import Results
from ablate.stats import seed_spending
from ablate.store import manifest

ORDER = ("search", "levels", "sets", "effects", "odds", "importance", "time", "training", "plateau", "failures")
"""The page's sections, by anchor."""

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


def write(results: Results, into: Place | None = None) -> Place:
    """Makes the report folder anew and returns it; the same shards give the same bytes.

    `report.html`, `figures/*.svg|pdf|png`, `tables/*.csv|md|tex`, `trials.parquet` (id, the factors by level name,
    seed, state, time, ...), `endings.parquet` (id, fingerprint and last signals) and the manifest. The old report stays
    until the new one is whole. A report of published parts has neither parquet file, for the parts have them.

    Args:
        results: the study's results.
        into: the folder that gets the folder `report`; the study's own by default.

    Raises:
        StoreError: `into` is the study's own folder, and there are neither shards nor parts, only the published report
            itself; or the folder cannot be written.
    """
    into = results.folder if into is None else into
    place = into / "report"
    if not results.complete and not results.parts and into == results.folder:
        raise StoreError(
            "A report must be made from shards, or from published parts. Received neither in "
            f"{results.folder}: the published report is {place}; `ablate sweep` trains the study anew."
        )
    if not len(results.trials):
        raise StoreError(
            f"A report must have trials of its study. Received none in {results.folder} as it is now asked for."
        )
    beside = into if isinstance(into, Path) else Path(tempfile.mkdtemp(prefix="ablate-"))
    new = filesystem.temporary(beside / "report")
    shutil.rmtree(new, ignore_errors=True)
    try:
        _fill(new, results, with_trials=results.complete or into != results.folder)
        if isinstance(place, Path):
            _swap(new, place)
        else:
            _upload(new, place)
    except OSError as error:
        raise StoreError(f"The report's folder {place} must be writable. Received: {error.strerror}.") from error
    finally:
        shutil.rmtree(new if beside == into else beside, ignore_errors=True)
    return place


def material(results: Results, names: Sequence[str] = SIGNALS) -> Material:
    """What the sections are made from, with the curves of these signals."""
    every = [each for each in strata(results) if len(each.trials)]
    drawn = [each for each in every if not each.aside] or every
    return Material(
        results=results,
        settings=settings_table.table(results),
        strata=tuple(drawn),
        aside=tuple(each for each in every if each not in drawn),
        arrays=signals.arrays(results, names),
        baseline={name: level.name for name, level in results.study.baseline},
        claim=seed_spending.claim(results.study),
    )


def _fill(new: Path, results: Results, *, with_trials: bool) -> None:
    for name in ("figures", "tables"):
        (new / name).mkdir(parents=True)
    made = material(results)
    caption = "Settings: trials by state, escape rate with its 95 % Wilson interval, median step of escape"
    tables.save(made.settings, new / "tables", "settings", caption)
    first = [sections.level_rates(made), sections.time(made), sections.training(made)]
    with drawing.start([picture for part in first for picture in part.pictures], new / "figures") as started:
        rest = [sections.remedies(made), sections.contrasts(made), sections.importance(made)]
        endings = causes.endings(results)
        rest += [sections.plateaus(made, endings), sections.broken(made)]
        rest += [part for part in (sections.odds_ratios(made), sections.search(made)) if part is not None]
        glance, heats = sections.glance(made), sections.heats(made)
        maps = [heat.blocks(stratum) for stratum in made.strata]
        late = [glance, *heats, *(picture for part in rest for picture in part.pictures)]
        drawing.finish(started, late, new / "figures")
    parts = sorted([*first, *rest], key=lambda part: ORDER.index(part.anchor))
    shown = [(part, [pictures.shown(each, new / "figures") for each in part.pictures]) for part in parts]
    seen = [pictures.shown(each, new / "figures") for each in (glance, *heats)]
    (new / "report.html").write_text(_html(page.page(made, seen[0], seen[1:], shown, maps)), encoding="utf-8")
    for name, caption, frame in (each for part in parts for each in part.files):
        if len(frame.columns):
            tables.save(frame, new / "tables", name, caption)
    if with_trials:
        published(results).to_parquet(new / "trials.parquet", index=False, compression="zstd")
        endings.to_parquet(new / "endings.parquet", index=False, compression="zstd")
    (new / "manifest.json").write_bytes(manifest.content(results.folder))


def _html(content: page.Page) -> str:
    """The page, without its single trials and then without its training pictures if it would be too large."""
    text = page.html(content)
    if len(text.encode()) > page.LIMIT:
        omitted = "Single trials and their curves are left out of this page, which must stay under 5 MB."
        text = page.html(replace(content, data={**content.data, "details": {}, "omitted": omitted}))
    if len(text.encode()) > page.LIMIT:
        kept = [{**part, "figures": []} if part["anchor"] == "training" else part for part in content.parts]
        note = "Training curves are in figures/ alone: this page must stay under 5 MB."
        data = {**content.data, "details": {}, "omitted": note}
        text = page.html(replace(content, data=data, parts=kept, notes=[*content.notes, note]))
    return text


def published(results: Results) -> pd.DataFrame:
    """The trials as they are published: one row each, no times of the machine."""
    names = [factor.name for factor in results.study.factors]
    frame = results.trials[["id", *names, "seed", "state", "time", *PUBLISHED]].copy()
    for name in (*names, "state"):
        frame[name] = frame[name].astype(str)
    return frame


def _swap(new: Path, place: Path) -> None:
    """Puts the new folder where the old one is; a reader sees the one or the other."""
    old = filesystem.temporary(place.with_name("report-old"))
    if place.exists():
        place.rename(old)
    new.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def _upload(new: Path, place: Address) -> None:
    """Put the new files over the old ones: the page after its files, and last of all the manifest.

    A sweep takes a report for whole when its manifest is the study's own (`study_folder.published`).
    """
    made = [path for path in sorted(new.rglob("*")) if path.is_file() and path.name != manifest.FILE]
    for path in sorted(made, key=lambda path: path.name == "report.html"):
        filesystem.write(place / path.relative_to(new).as_posix(), path.read_bytes())
    for folder in sorted({path.parent.relative_to(new).as_posix() for path in made}):
        there = place if folder == "." else place / folder
        for name in set(filesystem.listed(there)) - {path.name for path in (new / folder).iterdir()}:
            filesystem.delete(there / name)
    filesystem.write(place / manifest.FILE, (new / manifest.FILE).read_bytes())
