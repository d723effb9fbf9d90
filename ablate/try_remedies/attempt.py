"""A user's own stuck network: model and data are checked, every remedy that applies is tried, and what works is said.

The model is a level of the factor `model`; what it was compiled with is the baseline. Nothing is trained, and nothing
written, before model and data have been found fit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache

from ablate import configure, tasks
from ablate.core.errors import ConfigError, TaskError
from ablate.core.filesystem import place
from ablate.core.study import TASK, Setting, Study, Trial
from ablate.design import designs
from ablate.executors import local, pool
from ablate.executors.pool import Pool
from ablate.remedies.model import MODEL
from ablate.runner import training_backend
from ablate.runner.progress import Event, Note
from ablate.tasks import Finding
from ablate.try_remedies.answer import Attempt as Attempt
from ablate.try_remedies.answer import answer
from ablate.try_remedies.candidates import Menu, menu
from ablate.try_remedies.stages import Stages, fewest

SEEDS = "seed=range(8)"

EXECUTION = ("workers", "executor", "memory")
"""Words that say which workers are wanted."""

PROGRAMS = 8
"""About so many programs has a stage, and more workers have nothing to do."""


def attempt(overrides: Sequence[str], *, on_event: Callable[[Event], None] | None = None) -> Attempt:
    """Tries every remedy that applies to a user's model.

    Args:
        overrides: as a sweep's; `model=my_package:make_model` and `task=...` among them. Levels that are listed
            (`learning_rate=1e-4,1e-2`) are tried in place of the menu's, one value (`learning_rate=1e-4`) fixes the
            factor, and seeds are `range(8)` unless they say otherwise.
        on_event: hears what is found and how far training is; None shows it on standard output.

    Raises:
        ConfigError: a builder that is not there or raises, a model that cannot be tried, or other words that cannot be.
        TaskError: data that cannot be read or cannot be a task.
    """
    with _workers(overrides) as workers:
        return _attempt(overrides, workers, on_event)


def _attempt(overrides: Sequence[str], workers: Pool | None, on_event: Callable[[Event], None] | None) -> Attempt:
    from ablate.runner.sweep import sweep

    study = _study(overrides)
    findings = (*_few(study), *check(study))
    own = menu(study, given=_keys(overrides))
    if not own.study.varying:
        raise ConfigError(
            "There must be a remedy to try. Every factor of this model is fixed or has nothing to change."
        )
    stages = Stages(menu=own, trials_of=trials_of(own.study))
    tell = on_event
    if tell is None:
        print(preface(own, findings), flush=True)
    else:
        tell(Note(preface(own, findings)))
    summary = sweep(own.study, source=stages, on_event=tell, workers=workers)
    return answer(stages, summary, findings)


@contextmanager
def _workers(overrides: Sequence[str]) -> Iterator[Pool | None]:
    """Workers of this machine, which get warm while this process reads the model and looks at the data.

    None where others are asked for, or where the words cannot be: whoever reads all of them says why.
    """
    try:
        study = configure.compose([each for each in overrides if each.partition("=")[0].lstrip("+") in EXECUTION])
    except ConfigError:
        yield None
        return
    if study.execution.executor != "local":
        yield None
        return
    count = study.execution.workers or min(local.cores(), PROGRAMS)
    warm, folder = training_backend.own().warm, place(study.results_dir)
    with pool.start(pool.Wanted(execution=study.execution, workers=count, warm=warm, folder=folder)) as own:
        yield own


def _study(overrides: Sequence[str]) -> Study:
    """The study of these words, whose baseline is the user's model."""
    keys = _keys(overrides)
    words = [*overrides, *([] if "seed" in keys else [SEEDS])]
    study = configure.compose(words)
    if study.baseline[MODEL].params["kind"] != "keras":
        raise ConfigError("A model of yours must be named, as `model=my_package:make_model`. Received none.")
    if "study" in keys or "experiment" in keys:
        return study
    builder = study.baseline[MODEL].params["builder"]
    name = "try-" + "".join(each if each.isalnum() else "-" for each in builder)
    return dataclasses.replace(study, name=name)


def _keys(overrides: Sequence[str]) -> set[str]:
    """What the words name: `loss.eps=1e-3` gives `loss.eps` and `loss`."""
    keys = {each.partition("=")[0].lstrip("+") for each in overrides}
    return keys | {key.partition(".")[0] for key in keys if not key.startswith("baseline.")}


def _few(study: Study) -> Iterator[Finding]:
    """A warning if no remedy could be proven to work."""
    if len(study.seeds) < fewest():
        what = f"Fewer than {fewest()} seeds can prove of no remedy that it works. Received {len(study.seeds)}."
        advice = "Left out, there are 8."
        yield Finding(severity="warning", what=what, advice=advice)


def check(study: Study) -> tuple[Finding, ...]:
    """What is to be said of data and model before training; errors in the data, or between the two, are raised.

    Raises:
        ConfigError: a model that does not fit the task.
        TaskError: data without an answer in them.
    """
    from ablate.engine import read_model

    task = tasks.load(study.baseline[TASK].params)
    data = tasks.check(task)
    errors = [f"{each.what} {each.advice}" for each in data if each.severity == "error"]
    if errors:
        raise TaskError(" ".join(["The task cannot be studied.", *errors]))
    own = read_model.compiled(study.baseline[MODEL].params)
    read_model.fits(own, task)
    return (*data, *own.findings, *read_model.against(own, task))


def trials_of(study: Study) -> Callable[[Setting], Sequence[Trial]]:
    """A setting -> its trials, one a seed of the study."""
    hashes = cache(lambda text: tasks.load(study.baseline[TASK].params).hash if text else "")

    @cache
    def found(setting: Setting) -> tuple[Trial, ...]:
        return tuple(designs.trials_of(study, [setting], lambda params: hashes(str(params))))

    return found


def preface(own: Menu, findings: Sequence[Finding]) -> str:
    """What is known before anything is trained."""
    from ablate.try_remedies.answer_text import preface as said

    return said(own, findings)
