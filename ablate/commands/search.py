"""`ablate search`: find remedies among the settings of a study, instead of training all of them."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Callable, Mapping
from functools import cache

from ablate import configure
from ablate.commands import study_names
from ablate.commands.main import INTERRUPTED
from ablate.core.study import ALL_AT_ONCE, Json, Setting, Study, Trial
from ablate.design import designs
from ablate.remedy_search import answer, answer_text, export, objectives, options, samplers, searchers, space, storage
from ablate.remedy_search.arms import Arm
from ablate.remedy_search.cells import Batch
from ablate.remedy_search.options import Search
from ablate.remedy_search.searchers import Searcher
from ablate.remedy_search.space import Space
from ablate.runner import study_folder
from ablate.runner.progress import Event, Note


def run(arguments: argparse.Namespace) -> int:
    """Search the study that the overrides describe; 130 if it was interrupted."""
    study, config = configure.search(study_names.only_overrides(arguments.words))
    return searched(study, options.read(config))


def searched(study: Study, search: Search) -> int:
    """Search, say what was found, and end with the exit status.

    Raises:
        ConfigError: a search that cannot be; nothing is written.
    """
    found_in = space.of(study, search.factors)
    samplers.check(search.sampler, found_in)
    url = storage.storage_of(study, search.storage)
    storage.check(url)
    from ablate.runner.progress import display
    from ablate.runner.sweep import sweep

    own = planned(study, search)
    with display() as tell:
        out = export.Export(url=url, name=study.name, names=search.objectives, tell=lambda text: tell(Note(text)))
        found = searcher(own, found_in, search, on_close=_closing(out, tell), on_end=lambda ended: _keep(ended, own))
        try:
            summary = sweep(own, source=found, on_event=tell)
        finally:
            out.close()
    said = _keep(found, own)
    stopped = bool(summary.stopped)
    print(summary.text(), file=sys.stderr if stopped else sys.stdout)
    print(answer_text.text(said))
    if url:
        print(f"Optuna: {out.written:,} settings written; see them with {storage.dashboard()} {storage.hidden(url)}")
    return INTERRUPTED if stopped else 0


def planned(study: Study, search: Search) -> Study:
    """The study as it is swept: the seeds of the search, and the fresh ones of its claims."""
    seeds = study.seeds[: search.blocks[-1]]
    return dataclasses.replace(
        study, seeds=(*seeds, *searchers.other_seeds(study.seeds, search.confirm)), spending={"kind": ALL_AT_ONCE}
    )


def searcher(
    study: Study,
    found_in: Space,
    search: Search,
    *,
    on_close: Callable[[Arm, Batch], None] = lambda *_: None,
    on_end: Callable[[Searcher], None] = lambda _: None,
) -> Searcher:
    """The source of the sweep: the search and its random baseline.

    Args:
        study: as `planned` made it.
        found_in: its space.
        search: how it is searched.
        on_close: hears of every batch that is closed.
        on_end: hears when nothing more is wanted.
    """
    from ablate import tasks

    @cache
    def shape_of(text: str) -> tuple[int, int]:
        task = tasks.load(params[text])
        return task.inputs.shape[1], task.classes

    params: dict[str, Json] = {}

    def cost_of(setting: Setting) -> float:
        level = setting["task"]
        params[level.text] = level.params
        features, classes = shape_of(level.text)
        return objectives.step_cost(setting, features=features, classes=classes)

    return searchers.searcher(
        found_in,
        search,
        seeds=study.seeds[: len(study.seeds) - search.confirm],
        fresh=study.seeds[len(study.seeds) - search.confirm :],
        trial_of=trials_of(study),
        cost_of=cost_of,
        limit=study.budget.steps,
        on_close=on_close,
        on_end=on_end,
    )


def trials_of(study: Study) -> Callable[[Setting, int], Trial]:
    """A setting and a seed -> the trial, made once."""
    from ablate import tasks

    made: dict[Setting, Mapping[int, Trial]] = {}

    def trial_of(setting: Setting, seed: int) -> Trial:
        if setting not in made:
            trials = designs.trials_of(study, [setting], lambda params: tasks.load(params).hash)
            made[setting] = {trial.seed: trial for trial in trials}
        return made[setting][seed]

    return trial_of


def _keep(found: Searcher, study: Study) -> Json:
    """The answer so far, put beside the shards, where the report reads it."""
    said = answer.derive(found, study)
    answer.write(said, study_folder.folder_of(study))
    return said


def _closing(out: export.Export, tell: Callable[[Event], None]) -> Callable[[Arm, Batch], None]:
    """After each batch: its settings to the storage, and a word when a claim is decided."""

    def closed(arm: Arm, batch: Batch) -> None:
        out.closed(arm, batch)
        for claim in batch.claims:
            what = " ".join(answer.changes(arm.space, claim.setting)) or "the baseline"
            verdict = "confirmed" if claim.confirmed else "not confirmed"
            counts = f"{claim.evidence.escaped} of {claim.evidence.n} fresh seeds" if claim.evidence else ""
            tell(Note(f"{arm.name}, after {claim.spent:,} trials: {verdict}: {what} ({counts})."))

    return closed
