"""Try every remedy that applies to a user's own stuck model.

The model is a level of the factor `model`, and what it was compiled with is the baseline. Model and data are checked
first; before that, nothing is trained or written. A worker reads the model, so this process never loads TensorFlow:
that takes five seconds, in which the chance level is measured here.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from ablate import configure, tasks
from ablate.configure import default_names
from ablate.core import filesystem
from ablate.core.errors import AblateError, ConfigError, TaskError
from ablate.core.study import ALL_AT_ONCE, TASK, Study
from ablate.executors import local, pool
from ablate.executors.pool import Pool
from ablate.outcomes import chance_level
from ablate.remedies.model import MODEL
from ablate.runner import study_folder, sweep, training_backend, trial_sources
from ablate.runner.progress import Event, Note
from ablate.runner.summary import Summary
from ablate.tasks import Finding
from ablate.try_remedies.answer import Attempt as Attempt
from ablate.try_remedies.answer import answer
from ablate.try_remedies.answer_text import preface
from ablate.try_remedies.candidates import Candidates, choose
from ablate.try_remedies.stages import FRESH, Stages, fewest_seeds

SEEDS = "seed=range(8)"

EXECUTION = ("workers", "executor", "memory")
"""Keys that decide which workers train."""

PROGRAMS = 8
"""The most workers that are started by default: a stage has about this many programs, and more would be idle."""


def attempt(
    overrides: Sequence[str],
    *,
    on_event: Callable[[Event], None] | None = None,
    before_report: Callable[[Attempt], str] = lambda _: "",
) -> Attempt:
    """Try every remedy that applies to a user's model.

    Args:
        overrides: as a sweep's, with `model=my_package:make_model` and `task=...`. Several levels of a factor
            (`learning_rate=1e-4,1e-2`) replace the candidates; one value (`learning_rate=1e-4`) fixes the factor.
            Seeds are `range(8)` unless given.
        on_event: called with each note and each report of progress; None shows them on standard output.
        before_report: returns what to tell of the answer before the report is written, which takes seconds.

    Raises:
        ConfigError: the builder is missing or raises, the model cannot be tried, or an override is wrong.
        TaskError: the data cannot be read or cannot be a task.
    """
    with _workers(overrides) as workers:
        return _attempt(overrides, workers, on_event, before_report)


def _attempt(
    overrides: Sequence[str],
    workers: Pool | None,
    on_event: Callable[[Event], None] | None,
    before_report: Callable[[Attempt], str],
) -> Attempt:
    if workers is None or "tensorflow" in sys.modules:
        remedies, findings = read(overrides)
    else:
        measure_chance(overrides)
        remedies, findings = workers.call(read, overrides)
    stages = with_fresh_seeds(remedies)
    first = preface(remedies, findings)
    if on_event is None:
        print(first, flush=True)
    else:
        on_event(Note(first))
    study = stages.candidates.study
    nothing = Summary(study=study.name, folder=study_folder.folder_of(study), planned=0, kept=0, trained=0)
    summary = sweep.sweep(
        study,
        source=stages,
        on_event=on_event,
        workers=workers,
        before_report=lambda: before_report(answer(stages, nothing, findings)),
    )
    return answer(stages, summary, findings)


def read(overrides: Sequence[str]) -> tuple[Candidates, tuple[Finding, ...]]:
    """Read the model and its data: return the remedies to try, and the findings.

    Args:
        overrides: as for `attempt`.

    Raises:
        ConfigError, TaskError: as for `attempt`.
    """
    study = _study(overrides)
    findings = (*_too_few_seeds(study), *check_model_and_data(study))
    left_out = [finding.what for finding in findings if " is tried without " in finding.what]
    if left_out:  # what is left out may be the cause: then nothing can be said of the whole
        raise ConfigError(" ".join(left_out))
    remedies = choose(study, given=_keys(overrides))
    if not remedies.study.varying:
        raise ConfigError(
            "There must be a remedy to try. Every factor of this model is fixed or has nothing to change: "
            "give a factor several levels, as `learning_rate=1e-4,1e-2`."
        )
    return remedies, findings


def measure_chance(overrides: Sequence[str]) -> None:
    """Measure the chance level of the data, which `sweep` then knows; do nothing if an override or the data are wrong.

    `read` raises what is wrong.

    Args:
        overrides: as for `attempt`.
    """
    others = [word for word in overrides if word.lstrip("+").partition("=")[0].partition(".")[0] != MODEL]
    with suppress(AblateError):
        task = tasks.load(configure.compose(others).baseline[TASK].params)
        if not any(finding.severity == "error" for finding in tasks.check(task)):
            chance_level.measure(task)


def with_fresh_seeds(remedies: Candidates) -> Stages:
    """Return the stages in which remedies are chosen on the study's seeds, and proven on others.

    Args:
        remedies: the remedies to try.
    """
    from ablate.stats.confirmation import other_seeds

    study = remedies.study
    seeds = (*study.seeds, *other_seeds(study.seeds, FRESH))
    planned = dataclasses.replace(study, seeds=seeds, spending={"kind": ALL_AT_ONCE})
    return Stages(
        candidates=dataclasses.replace(remedies, study=planned),
        trials_of=trial_sources.trials_by_setting(planned),
        seeds=len(study.seeds),
    )


@contextmanager
def _workers(overrides: Sequence[str]) -> Iterator[Pool | None]:
    """Start workers on this machine, which load TensorFlow while this process measures the chance level.

    Yields None if an executor other than `local` is chosen, or if an override is wrong: the caller composes all
    overrides later and raises the error.
    """
    try:
        study = configure.compose([word for word in overrides if word.partition("=")[0].lstrip("+") in EXECUTION])
    except ConfigError:
        yield None
        return
    if study.execution.executor != "local":
        yield None
        return
    count = study.execution.workers or min(local.cores(), PROGRAMS)
    warm, folder = training_backend.package_engine().warm, filesystem.place(study.results_dir)
    with pool.start(pool.Wanted(execution=study.execution, workers=count, warm=warm, folder=folder)) as workers:
        yield workers


def _study(overrides: Sequence[str]) -> Study:
    """Return the study of these overrides; its baseline is the user's model."""
    keys = _keys(overrides)
    study = configure.compose([*overrides, *([] if "seed" in keys else [SEEDS])])
    if study.baseline[MODEL].params["kind"] != "keras":
        raise ConfigError("Name your model, as `model=my_package:make_model`. Received none.")
    if "study" in keys or "experiment" in keys:
        return study
    return dataclasses.replace(study, name=f"try-{default_names.model_and_data(study.factors)}")


def _keys(overrides: Sequence[str]) -> set[str]:
    """Return the keys that overrides name: `loss.eps=1e-3` gives `loss.eps` and `loss`."""
    keys = {word.partition("=")[0].lstrip("+") for word in overrides}
    return keys | {key.partition(".")[0] for key in keys if not key.startswith("baseline.")}


def _too_few_seeds(study: Study) -> Iterator[Finding]:
    """Yield a warning if no remedy could be proven to work."""
    if len(study.seeds) < fewest_seeds():
        needed = (
            f"At least {fewest_seeds()} seeds are needed to prove that a remedy works; you gave {len(study.seeds)}."
        )
        yield Finding(severity="warning", what=needed, advice="Omit `seed` to use 8.")


def check_model_and_data(study: Study) -> tuple[Finding, ...]:
    """Return the findings about data and model, before anything is trained.

    Raises:
        ConfigError: the model does not fit the task.
        TaskError: the data cannot be a task.
    """
    from ablate.engine import read_model

    task = tasks.load(study.baseline[TASK].params)
    about_data = tasks.check(task)
    errors = [f"{finding.what} {finding.advice}" for finding in about_data if finding.severity == "error"]
    if errors:
        raise TaskError(" ".join(["The task cannot be studied.", *errors]))
    model = read_model.compiled(study.baseline[MODEL].params)
    read_model.fits(model, task)
    return (*about_data, *model.findings, *read_model.against(model, task))
