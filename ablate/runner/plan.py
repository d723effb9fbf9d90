"""Plan a sweep: what it would train, what that costs, and whether its data can be studied. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ablate import store, tasks
from ablate.core.errors import StoreError
from ablate.core.filesystem import Place
from ablate.core.notebook_view import preformatted
from ablate.core.study import ALL_AT_ONCE, Study, Trial
from ablate.design import aliasing, designs
from ablate.engine import program
from ablate.outcomes import chance_level
from ablate.outcomes.chance_level import Chance
from ablate.runner import planned_power, preflight, study_folder, sweep, training_order
from ablate.runner.progress import Event, Note
from ablate.stats import seed_spending
from ablate.store import manifest
from ablate.tasks import Finding, Task

MOST_ALIASES = 24
"""A plan lists at most this many aliases, and counts the others."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What it takes to train some trials.

    Attributes:
        programs: compiled programs.
        stacks: groups of trials that train side by side.
        padding: share of the trained slots that hold no trial of their own.
        alone: trials that cannot share a program and train one at a time.
        workers: worker processes.
        minutes: the estimated time.
        megabytes: the estimated memory of a worker.
    """

    programs: int
    stacks: int
    padding: float
    alone: int
    workers: int
    minutes: float
    megabytes: float


@dataclass(frozen=True, kw_only=True, repr=False)
class Plan:
    """What a sweep would train, and what that costs.

    Attributes:
        study: the study.
        folder: where its trials and its report would be.
        settings: how many settings it has.
        trials: the most trials it can have.
        stored: trials that have a result already.
        cost: of the trials without a result; None if there are none.
        chances: the chance level by task hash: an accuracy above it is not luck.
        parts: the texts that `ablate plan` prints, in order.
    """

    study: Study
    folder: Place
    settings: int
    trials: int
    stored: int
    cost: Cost | None
    chances: Mapping[str, Chance]
    parts: tuple[str, ...]

    def text(self) -> str:
        """Return the plan in words."""
        return "\n\n".join(self.parts)

    def __repr__(self) -> str:
        return f"<Plan of {self.study.name}: {self.trials:,} trials, {self.stored:,} with a result>"

    def _repr_html_(self) -> str:
        return preformatted(self.text())


def plan(
    study: Study,
    *,
    rates: Sequence[float] = planned_power.RATES,
    on_event: Callable[[Event], None] = lambda _: None,
) -> Plan:
    """Plan the sweep of a study; measure the chance level of its tasks if no earlier sweep has stored it.

    Args:
        study: the study.
        rates: the escape rates of the baseline to plan the number of seeds with.
        on_event: called with each part of the plan as soon as it is known.

    Raises:
        ConfigError: the design has no setting.
        TaskError: the data cannot be studied; the message gives every reason.
    """
    parts: list[str] = []

    def tell(text: str) -> None:
        parts.append(text)
        on_event(Note(text if len(parts) == 1 else f"\n{text}"))

    designs.check_levels(study, lambda params: tasks.load(params).hash)
    trials = designs.trials(study, lambda params: tasks.load(params).hash)
    folder = study_folder.folder_of(study)
    stored = store.done(folder)
    pending = [trial for trial in trials if trial.id not in stored]
    cost = cost_of(study, pending) if pending else None
    tell("\n".join([*_rows(study, trials, pending, cost), *_aliases(study, trials)]))
    if power := _power(study, trials, cost if len(pending) == len(trials) else cost_of(study, trials), rates):
        tell(power)
    for params in preflight.task_params(trials).values():
        tell("\n".join(_task(tasks.load(params), params["kind"])))
    chances = preflight.chances(trials, _known(folder), lambda _: None)
    for task_hash, params in preflight.task_params(trials).items():
        tell("\n".join(_chance(chances[task_hash], params["kind"])))
    return Plan(
        study=study,
        folder=folder,
        settings=len({trial.setting for trial in trials}),
        trials=len(trials),
        stored=len(trials) - len(pending),
        cost=cost,
        chances=chances,
        parts=tuple(parts),
    )


def outlook(study: Study) -> str:
    """Say in a line what a sweep of this study has to train, and how long that takes.

    Args:
        study: the study.
    """
    trials = designs.trials(study, lambda params: tasks.load(params).hash)
    stored = store.done(study_folder.folder_of(study))
    pending = [trial for trial in trials if trial.id not in stored]
    if not pending:
        return f"All {len(trials):,} trials have a result already."
    cost = cost_of(study, pending)
    workers = "1 worker" if cost.workers == 1 else f"{cost.workers} workers"
    many = f"{len(pending):,} of {len(trials):,} trials are to be trained"
    return f"{many}: about {max(0.1, cost.minutes):.1f} minutes on {workers}. Ctrl-C ends it and keeps what is trained."


def cost_of(study: Study, trials: Sequence[Trial]) -> Cost:
    """Estimate what it takes to train these trials.

    Args:
        study: says how many workers are wanted.
        trials: the trials.
    """
    stacks = training_order.order(trials, program.stacks)
    workers = sweep.worker_count(study, len(stacks))
    minutes = megabytes = 0.0
    for task_hash, params in preflight.task_params(trials).items():
        task = tasks.load(params)
        same_task = [stack for stack in stacks if stack.trials[0].task_hash == task_hash]
        cost = program.estimate(same_task, features=task.inputs.shape[1], classes=task.classes, workers=workers)
        minutes, megabytes = minutes + cost.minutes, max(megabytes, cost.megabytes)
    return Cost(
        programs=len({stack.program for stack in stacks}),
        stacks=len(stacks),
        padding=1.0 - len(trials) / max(1, sum(stack.slots for stack in stacks)),
        alone=sum(program.alone(trial) for trial in trials),
        workers=workers,
        minutes=minutes,
        megabytes=megabytes,
    )


def _rows(study: Study, trials: Sequence[Trial], pending: Sequence[Trial], cost: Cost | None) -> Iterator[str]:
    """Yield the lines about design and cost."""
    most = "" if study.spending["kind"] == ALL_AT_ONCE else "at most "
    varying = ", ".join(f"{factor.name} ({len(factor.levels)})" for factor in study.varying) or "nothing"
    rows = {
        "study": f"{study.name}  {study.question}".strip(),
        "varies": varying,
        "settings": f"{len({trial.setting for trial in trials}):,}",
        "seeds": _seeds(study),
        "budget": f"{study.budget.steps:,} steps, {study.budget.looks} evaluations, engine {study.engine}",
        "trials": f"{most}{len(trials):,}; {len(trials) - len(pending):,} have a result already",
    }
    if cost is None:
        rows["programs"] = "none: nothing is left to train"
    else:
        alone = f"; {cost.alone:,} trials cannot share a program and train one at a time" if cost.alone else ""
        rows["programs"] = (
            f"{cost.programs:,}, in {cost.stacks:,} stacks; {cost.padding:.0%} of the slots are padding{alone}"
        )
        rows["estimate"] = f"{cost.minutes:.1f} minutes on {cost.workers} workers, {cost.megabytes:,.0f} MB each"
    yield from (f"{name:10s}{value}" for name, value in rows.items())


def _power(study: Study, trials: Sequence[Trial], cost: Cost | None, rates: Sequence[float]) -> str:
    """Return the lines about power; an empty text if no two settings can be compared."""
    compared = planned_power.family(study, list(dict.fromkeys(trial.setting for trial in trials)))
    if compared is None or cost is None:
        return ""
    seeds = len({trial.seed for trial in trials})
    return "\n".join(planned_power.lines(study, compared, rates, cost.minutes / seeds))


def _seeds(study: Study) -> str:
    ends = seed_spending.ends(study)
    if len(ends) == 1:
        return f"{ends[0]:,}"
    steps = f", {ends[1]:,}, ..." if len(ends) > 2 else ""
    return f"{ends[0]:,}{steps} to {ends[-1]:,}, until a setting's rate is decided against {study.spending['target']:g}"


def _aliases(study: Study, trials: Sequence[Trial]) -> Iterator[str]:
    """Yield the effects that the settings of a fraction cannot tell apart; the report estimates none of them."""
    if not any(part["kind"] == "fraction" for part in study.designs):
        return
    lines = aliasing.of_settings(list(dict.fromkeys(trial.setting for trial in trials))).lines()
    yield f"aliases   {len(lines):,} among main effects and pairs: the settings cannot tell them apart"
    yield from (f"          {line}" for line in lines[:MOST_ALIASES])
    if len(lines) > MOST_ALIASES:
        yield f"          and {len(lines) - MOST_ALIASES:,} more"


def _known(folder: Place) -> Mapping[str, Chance]:
    """Return the chance levels that an earlier sweep measured; none if there was none."""
    try:
        return manifest.read(folder).chance
    except StoreError:
        return {}


def _task(task: Task, kind: str) -> Iterator[str]:
    """Yield the lines about a task's data; its errors end the plan, and are told there."""
    rows = f"{len(task.inputs):,} rows, {len(task.train_rows):,} to train on, {len(task.probe_rows)} to validate on"
    yield f"task {kind}: {task.classes} classes, {task.inputs.shape[1]} features, {rows}"
    yield from (_finding(finding) for finding in tasks.check(task) if finding.severity != "error")


def _chance(chance: Chance, kind: str) -> Iterator[str]:
    """Yield the lines about a task's chance level."""
    yield f"task {kind}: {chance.text()}."
    yield from map(_finding, chance_level.findings(chance))


def _finding(finding: Finding) -> str:
    return f"  {finding.severity}: {finding.what} {finding.advice}"
