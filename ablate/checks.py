"""What must hold before anything is trained: sound data, room between chance and skill, and an end to the wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from ablate.errors import PatienceError, TaskError
from ablate.executors.limits import LEAST_SECONDS
from ablate.manifest import Measured
from ablate.remedies import _brought
from ablate.study import Execution, Json, Study, Trial, canonical

if TYPE_CHECKING:
    from ablate.tasks import Finding

NETWORKS = {
    "widths": "width",
    "depths": "depth",
    "activations": "activation",
    "initializers": "initializer",
    "input_scales": "input_scale",
}
"""What the null band is measured over: an argument of `ablate.chance.measure`, and the factor that gives its levels."""


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
        found[argument] = [params for params in levels if not _brought.brings(name, params)] or [PLAIN[name]]
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
    from ablate import chance, tasks

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
            measured = Measured(inputs=inputs, chance=chance.measure(task, **shapes).to_json())
        _judge(params, chance.findings(measured.read()), tell)
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
