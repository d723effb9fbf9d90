"""`ablate plan`: what a sweep would train and what it costs, and whether its data can be a task. Writes nothing."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ablate import configure
from ablate.commands import study_names
from ablate.core.study import ALL_AT_ONCE, Study, Trial
from ablate.design import designs

if TYPE_CHECKING:
    from ablate.outcomes.chance_level import Chance


ALIASES = 24
"""So many lines of aliases are printed; the rest are counted."""


def run(arguments: argparse.Namespace) -> int:
    """Print the plan, then the check of each task; a task that cannot be studied is an error."""
    study = configure.compose(study_names.only_overrides(arguments.words))
    from ablate import tasks
    from ablate.runner import preflight, study_folder

    trials = designs.trials(study, lambda params: tasks.load(params).hash)
    _print_plan(study, trials)
    _print_aliases(study, trials)
    _print_tasks(trials)
    chances = preflight.chances(study, trials, _known(study), print)
    _print_chances(trials, chances)
    print(f"Ready: {study.command} writes {study_folder.folder_of(study)}/.")
    return 0


def _print_plan(study: Study, trials: Sequence[Trial]) -> None:
    from ablate import store
    from ablate.runner import study_folder

    there = store.done(study_folder.folder_of(study))
    pending = [trial for trial in trials if trial.id not in there]
    most = "" if study.spending["kind"] == ALL_AT_ONCE else "at most "
    varying = ", ".join(f"{factor.name} ({len(factor.levels)})" for factor in study.varying) or "nothing"
    rows = {
        "study": f"{study.name}  {study.question}".strip(),
        "varies": varying,
        "settings": f"{len({trial.setting for trial in trials}):,}",
        "seeds": _seeds(study),
        "budget": f"{study.budget.steps:,} steps, {study.budget.looks} looks, engine {study.engine}",
        "trials": f"{most}{len(trials):,}, of which {len(trials) - len(pending):,} are there already",
        **_cost(study, pending),
    }
    print("\n".join(f"{name:10s}{value}" for name, value in rows.items()), flush=True)


def _seeds(study: Study) -> str:
    from ablate.stats import seed_spending

    ends = seed_spending.ends(study)
    if len(ends) == 1:
        return f"{ends[0]:,}"
    steps = f", {ends[1]:,}, ..." if len(ends) > 2 else ""
    return f"{ends[0]:,}{steps} to {ends[-1]:,}, until a setting's rate is decided against {study.spending['target']:g}"


def _print_aliases(study: Study, trials: Sequence[Trial]) -> None:
    """What the settings of a fraction cannot tell apart; the report estimates none of it."""
    if not any(part["kind"] == "fraction" for part in study.designs):
        return
    from ablate.design import aliasing

    lines = aliasing.of_settings(list(dict.fromkeys(trial.setting for trial in trials))).lines()
    print(f"aliases   {len(lines):,} among main effects and pairs: the settings cannot tell them apart")
    for line in lines[:ALIASES]:
        print(f"          {line}")
    if len(lines) > ALIASES:
        print(f"          and {len(lines) - ALIASES:,} more")


def _cost(study: Study, pending: Sequence[Trial]) -> dict[str, str]:
    """Programs, minutes and memory of the trials that are still to be trained."""
    from ablate.engine import program

    if not pending:
        return {"programs": "none: nothing is left to train"}
    own = _train(study, pending)
    single = sum(program.alone(trial) for trial in pending)
    alone = f"; {single:,} trials cannot share a program's slots and train one at a time" if single else ""
    return {
        "programs": f"{own.programs:,}, in {own.stacks:,} stacks{alone}",
        "estimate": f"{own.minutes:.1f} minutes on {own.workers} workers, {own.megabytes:,.0f} MB each",
        **_choice(study, pending, own),
    }


@dataclass(frozen=True, kw_only=True)
class _Cost:
    """What training some trials takes: programs, stacks, workers, minutes, megabytes a worker."""

    programs: int
    stacks: int
    workers: int
    minutes: float
    megabytes: float


def _train(study: Study, pending: Sequence[Trial]) -> _Cost:
    from ablate import tasks
    from ablate.engine import program
    from ablate.runner import training_order
    from ablate.runner.sweep import workers as workers_of

    stacks = training_order.order(pending, program.stacks)
    workers = workers_of(study, len(stacks))
    minutes = megabytes = 0.0
    for params in {
        stack.trials[0].setting["task"].text: stack.trials[0].setting["task"].params for stack in stacks
    }.values():
        task = tasks.load(params)
        own = [stack for stack in stacks if stack.trials[0].task_hash == task.hash]
        cost = program.estimate(own, features=task.inputs.shape[1], classes=task.classes, workers=workers)
        minutes, megabytes = minutes + cost.minutes, max(megabytes, cost.megabytes)
    return _Cost(
        programs=len({stack.program for stack in stacks}),
        stacks=len(stacks),
        workers=workers,
        minutes=minutes,
        megabytes=megabytes,
    )


def _choice(study: Study, pending: Sequence[Trial], own: _Cost) -> dict[str, str]:
    """Which engine the trials should take: families compile faster and step faster, broad programs are fewer."""
    other = {"fused": "broad", "broad": "fused"}.get(study.engine)
    if other is None:
        return {}
    cost = _train(study, [replace(trial, engine=other) for trial in pending])
    advice = f"; say engine={other} (its trials are others)" if own.minutes > 1.1 * cost.minutes else ""
    found = (
        f"engine={study.engine}, for engine={other} compiles {cost.programs:,} programs in {cost.minutes:.1f} minutes"
    )
    return {"choice": found + advice}


def _known(study: Study) -> Mapping[str, Chance]:
    """The chance levels that an earlier sweep measured, or published; none if there was none."""
    from ablate.core.errors import StoreError
    from ablate.runner import study_folder
    from ablate.store import manifest

    try:
        return manifest.read(study_folder.folder_of(study)).chance
    except StoreError:
        return {}


def _print_tasks(trials: Sequence[Trial]) -> None:
    from ablate import tasks
    from ablate.runner import preflight

    for params in preflight.task_params(trials).values():
        task = tasks.load(params)
        rows = f"{len(task.inputs):,} rows, {len(task.train_rows):,} to train on, {len(task.probe_rows)} in the probe"
        print(f"\ntask {params['kind']}: {task.classes} classes, {task.inputs.shape[1]} features, {rows}")
        for finding in tasks.check(task):
            print(f"  {finding.severity}: {finding.what} {finding.advice}", flush=True)


def _print_chances(trials: Sequence[Trial], chances: Mapping[str, Chance]) -> None:
    import math

    from ablate.outcomes import chance_level
    from ablate.runner import preflight

    for key, params in preflight.task_params(trials).items():
        chance = chances[key]
        print(
            f"\ntask {params['kind']}: a look is above chance with more than {chance.count} of {chance.rows} correct "
            f"({chance.count / chance.rows:.1%}; the majority class has {chance.majority:.1%}); an ordinary classifier "
            f"reaches {chance.reference:.1%}; untrained networks have a loss of {chance.initial_loss:.3g}, "
            f"ln N is {math.log(chance.classes):.3g}."
        )
        for finding in chance_level.findings(chance):
            print(f"  {finding.severity}: {finding.what} {finding.advice}")
