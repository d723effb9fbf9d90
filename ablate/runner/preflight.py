"""Check what must hold before the first step: sound data, room between chance and skill, and losses that differ."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ablate.core.errors import PatienceError, TaskError
from ablate.core.study import Execution, Json, Study, Trial, canonical
from ablate.executors.limits import LEAST_SECONDS
from ablate.remedies import _plugins
from ablate.runner import study_folder
from ablate.store import manifest
from ablate.store.manifest import Manifest, Measured

if TYPE_CHECKING:
    from ablate.executors.pool import Pool
    from ablate.outcomes.chance_level import Chance
    from ablate.tasks import Finding

Rules = dict[str, "tuple[Chance, str]"]
"""By task hash, the chance level and its name."""

Say = Callable[[str], None]


def measured(study: Study, trials: Iterable[Trial], known: Manifest | None, say: Say) -> tuple[Manifest, Rules]:
    """The manifest with the chance level of every task of these trials, measured only if it is not known; the levels.

    Args:
        study: as it is asked for now.
        trials: every trial planned so far.
        known: the manifest that an earlier sweep left.
        say: hears what takes long.

    Raises:
        TaskError: a task that cannot tell learning from luck.
    """
    own = known or Manifest(study=study, started=study_folder.now())
    seen = chances(study, trials, own.chance, say)
    record = dataclasses.replace(
        own,
        study=study,
        chance={**own.chance, **seen},
        versions=manifest.versions(),
        machine=manifest.machine(),
        level_names=manifest.level_names(study, own.level_names),
    )
    return record, {task: (measured.read(), measured.rule) for task, measured in seen.items()}


def canary(
    check: Callable[[Sequence[Trial]], Any],
    trials: Iterable[Trial],
    before: Json,
    *,
    workers: Pool,
    execution: Execution,
    stop: Callable[[], None],
    say: Say,
) -> Json:
    """The canary's record of the losses of these trials, and what an earlier sweep's said of other losses.

    Of a canary that hangs it says that it does: whose level hangs, the trials will say.

    Args:
        check: sings it, in a worker.
        trials: those to be trained.
        before: the earlier record.
        workers: who runs it.
        execution: how long is waited.
        stop: raises if the sweep is to end.
        say: hears that it hangs.

    Raises:
        CanaryError: loss formulations agree where they must differ.
    """
    say("Checking that the losses differ where they must (the canary).")
    first = {trial.setting: trial for trial in trials}
    try:
        now = workers.call(check, list(first.values()), on_wait=patience("The canary", execution, stop))
    except PatienceError as error:
        say(f"{error} Every program asks the canary again of the losses it trains.")
        now = [{"error": str(error)}]
    if not (isinstance(before, list) and isinstance(now, list)):
        return now
    asked = [each.get("loss") for each in now]
    return [*(each for each in before if isinstance(each, dict) and each.get("loss") not in asked), *now]


NETWORKS = {
    "widths": "width",
    "depths": "depth",
    "activations": "activation",
    "initializers": "initializer",
    "input_scales": "input_scale",
}
"""The factor that gives each argument of `ablate.outcomes.chance_level.measure` its levels."""


PLAIN: Mapping[str, Json] = {"activation": {"kind": "relu"}, "input_scale": {"kind": "standardized"}}
"""What stands for a factor all of whose levels are other packages'."""


def networks(study: Study) -> dict[str, list[Json]]:
    """Parameters of the study's levels that shape an untrained network, the baseline's first.

    Levels of other packages are left out: their functions run in workers only, which may be ended.
    """
    factors = {factor.name: factor for factor in study.factors}
    found = {}
    for argument, name in NETWORKS.items():
        levels = [level.params for level in dict.fromkeys((factors[name].baseline, *factors[name].levels))]
        found[argument] = [params for params in levels if not _plugins.brings(name, params)] or [PLAIN[name]]
    return found


def task_params(trials: Iterable[Trial]) -> dict[str, Json]:
    """Parameters of every task in use, by the hash of its content."""
    found: dict[str, Json] = {}
    for trial in trials:
        if trial.task_hash not in found:
            found[trial.task_hash] = trial.setting["task"].params
    return found


def chances(
    study: Study, trials: Iterable[Trial], known: Mapping[str, Measured], tell: Callable[[str], None]
) -> dict[str, Measured]:
    """The chance level by task hash, of every task in use; measured anew only where `known` has it not.

    Args:
        study: the study, whose levels say which untrained networks count.
        trials: its trials.
        known: what an earlier sweep measured.
        tell: hears what takes a while, and every warning about a task.

    Raises:
        TaskError: a task from which no answer can be had, with every reason.
    """
    from ablate import tasks
    from ablate.outcomes import chance_level

    shapes = networks(study)
    inputs = canonical(shapes)
    result = {}
    for key, params in task_params(trials).items():
        task = tasks.load(params)
        _judge(params, tasks.check(task), tell)
        if key in known and known[key].inputs == inputs:
            measured = known[key]
        else:
            tell(f"Measuring the chance level of task `{params['kind']}` (thousands of untrained networks).")
            measured = Measured(inputs=inputs, chance=chance_level.measure(task, **shapes).to_json())
        _judge(params, chance_level.findings(measured.read()), tell)
        result[key] = measured
    return result


def _judge(params: Json, findings: Iterable[Finding], tell: Callable[[str], None]) -> None:
    """Errors end the study, all of them at once; warnings are told."""
    errors = []
    for finding in findings:
        if finding.severity == "error":
            errors.append(f"{finding.what} {finding.advice}")
        elif finding.severity == "warning":
            tell(f"Task `{params['kind']}`: {finding.what} {finding.advice}")
    if errors:
        raise TaskError(f"The task `{canonical(params)}` cannot be studied. " + " ".join(errors))


def patience(what: str, execution: Execution, on_wait: Callable[[], None]) -> Callable[[], None]:
    """Something to call while waiting for `what`: calls `on_wait`, until the wait is as long as a stack's may be.

    Raises:
        PatienceError: when called later than that.
    """
    began, allowed = time.monotonic(), float(execution.patience) or LEAST_SECONDS

    def wait() -> None:
        on_wait()
        if time.monotonic() - began > allowed:
            raise PatienceError(f"{what} took longer than {allowed:,.0f} seconds (`patience`).")

    return wait
