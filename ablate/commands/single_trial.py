"""Run `python -m ablate OVERRIDE ...` without `-m`: one trial, its state and its curves."""

from __future__ import annotations

import dataclasses
import shlex
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ablate import configure
from ablate.commands import show
from ablate.commands.exit_status import DONE, INTERRUPTED
from ablate.core import filesystem
from ablate.core.filesystem import Place
from ablate.core.study import ALL_AT_ONCE, Study, Trial
from ablate.design import designs
from ablate.runner import study_folder

STUDY = "trials"
"""Where single trials are kept unless the overrides name a study: they share one measurement of the chance level."""


def run(overrides: Sequence[str], folder: Path | None = None) -> int:
    """Train one trial, the baseline of the overrides with its first seed; print how it ended and draw its curves.

    Args:
        overrides: in Hydra's grammar.
        folder: where the picture goes; None: beside the study's shards.
    """
    study = single_trial_of(configure.compose(overrides))
    if not any(word.lstrip("+").startswith("study=") for word in overrides):
        study = dataclasses.replace(study, name=STUDY)  # one trial must not replace an experiment's report
    from ablate import store, tasks
    from ablate.runner.sweep import sweep

    summary = sweep(study)
    if summary.stopped:
        print(summary.text(), file=sys.stderr)
        return INTERRUPTED
    results = study_folder.folder_of(study)
    (trial,) = designs.trials(study, lambda params: tasks.load(params).hash)
    states = store.read_states(results)
    row = {str(name): value for name, value in states[states["id"] == trial.id].iloc[0].items()}
    print(show.trial_page(results, trial, row, show.curves_of(results, trial.id)))
    if (picture := _draw(trial, str(row["state"]), results, folder or results / "curves")) is not None:
        print(f"curves drawn:                {picture}")
    return DONE


def single_trial_of(study: Study) -> Study:
    """Return the study with its baseline and its first seed only."""
    return dataclasses.replace(
        study,
        seeds=study.seeds[:1],
        designs=({"kind": "explicit", "settings": [{}]},),
        spending={"kind": ALL_AT_ONCE},
    )


def _draw(trial: Trial, state: str, results: Place, folder: Place) -> Place | None:
    """Draw the trial's curves and return the file; None for a trial that failed before its first evaluation."""
    from ablate.report.trial import trial_picture

    curves = show.curves_of(results, trial.id)
    if curves is None or not len(curves.signals.get("step", ())):
        return None
    title = shlex.join([*configure.overrides_for(trial.setting.params()), f"seed={trial.seed}"])
    with tempfile.TemporaryDirectory() as temporary:
        drawn = trial_picture(curves, state, title, Path(temporary) / "curves.png")
        target = folder / f"{trial.id}.png"
        filesystem.write(target, drawn.read_bytes())
    return target
