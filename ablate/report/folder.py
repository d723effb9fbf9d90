"""The report's folder: page, figures, tables and trials, made beside the old one and put in its place when whole."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pandas as pd

from ablate import results as own_results
from ablate.errors import StoreError
from ablate.report import drawing, heat, page, pictures, sections, signals, tables
from ablate.report.fans import SIGNALS
from ablate.report.sections import Material
from ablate.report.strata import strata
from ablate.results import Results

TARGET = 0.8
"""The escape rate that counts as a remedy."""

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


def write(results: Results) -> Path:
    """Makes the report folder anew and returns it; the same shards give the same bytes.

    `report.html`, `figures/*.svg|pdf|png`, `tables/*.csv|md|tex`, `trials.parquet` (id, the factors by level name,
    seed, state, time, ...) and the manifest. The old report stays until the new one is whole.

    Raises:
        StoreError: there are no shards, only the published report itself, or the folder cannot be written.
    """
    place = results.folder / "report"
    if not results.complete:
        raise StoreError(
            f"A report must be made from shards. Received none in {results.folder}: the published report is {place}; "
            "`ablate sweep` trains the study anew."
        )
    if not len(results.trials):
        raise StoreError(
            f"A report must have trials of its study. Received none in {results.folder} as it is now asked for."
        )
    new = results.folder / f".report-{os.getpid()}"
    shutil.rmtree(new, ignore_errors=True)
    try:
        _fill(new, results)
        _swap(new, place)
    except OSError as error:
        raise StoreError(f"The report's folder {place} must be writable. Received: {error.strerror}.") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return place


def material(results: Results) -> Material:
    """What the sections are made from."""
    return Material(
        results=results,
        settings=own_results.table(results),
        strata=tuple(each for each in strata(results) if len(each.trials)),
        arrays=signals.arrays(results, SIGNALS),
        baseline={name: level.name for name, level in results.study.baseline},
        target=TARGET,
    )


def _fill(new: Path, results: Results) -> None:
    for name in ("figures", "tables"):
        (new / name).mkdir(parents=True)
    folder = new / "figures"
    made = material(results)
    training_part = sections.training(made)
    level_part, level_table = sections.level_rates(made)
    time_part, time_table = sections.time(made)
    early = (training_part, level_part, time_part)
    started = drawing.start([picture for part in early for picture in part.pictures], folder)
    effect_part, effect_table = sections.contrasts(made)
    set_part, set_table, cost_table = sections.remedies(made)
    share_part, share_table = sections.importance(made)
    plateau_part, plateau_table = sections.plateaus(made)
    broken_part, broken_table = sections.broken(made)
    parts = [level_part, set_part, effect_part, share_part, time_part, training_part, plateau_part, broken_part]
    frames = {
        "settings": (
            made.settings,
            "Settings: trials by state, escape rate with its 95 % Wilson interval, median step of escape",
        ),
        "levels": (level_table, "Levels: rates pooled over the other factors, intervals over seeds"),
        "contrasts": (effect_table, "Paired differences of rates, with correction"),
        "importance": (share_table, "Shares of the variance of setting rates, exact ANOVA"),
        "sets": (set_table, "Remedy sets with exact one-sided 95 % bounds and verdicts"),
        "removals": (cost_table, "What each removal from a minimal set costs, paired by seed"),
        "times": (time_table, "Time to first escape, and from there to collapse, by level"),
        "plateaus": (plateau_table, "Which plateau: fingerprints of the trials that ended at chance"),
        "failures": (broken_table, "Failed and diverged trials"),
    }
    _write_tables(new / "tables", frames)
    glance, heats = sections.glance(made), sections.heats(made)
    maps = [heat.blocks(stratum) for stratum in made.strata]
    late = [picture for part in parts if part not in early for picture in part.pictures]
    drawing.finish(started, [glance, *heats, *late], folder)
    shown = [(part, [pictures.shown(picture, folder) for picture in part.pictures]) for part in parts]
    seen = [pictures.shown(each, folder) for each in heats]
    content = page.page(made, pictures.shown(glance, folder), seen, shown, maps)
    (new / "report.html").write_text(page.html(content), encoding="utf-8")
    published(results).to_parquet(new / "trials.parquet", index=False, compression="zstd")
    shutil.copyfile(results.folder / "manifest.json", new / "manifest.json")


def _write_tables(folder: Path, frames: dict[str, tuple[pd.DataFrame, str]]) -> None:
    for name, (frame, caption) in frames.items():
        if len(frame.columns):
            tables.save(frame, folder, name, caption)


def published(results: Results) -> pd.DataFrame:
    """The trials as they are published: one row each, no times of the machine."""
    names = [factor.name for factor in results.study.factors]
    frame = results.trials[["id", *names, "seed", "state", "time", *PUBLISHED]].copy()
    for name in (*names, "state"):
        frame[name] = frame[name].astype(str)
    return frame


def _swap(new: Path, place: Path) -> None:
    """Puts the new folder where the old one is; a reader sees the one or the other."""
    old = place.with_name(f".{place.name}-old-{os.getpid()}")
    if place.exists():
        place.rename(old)
    new.rename(place)
    shutil.rmtree(old, ignore_errors=True)
