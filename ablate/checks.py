"""What must hold of a study's tasks before anything is trained: sound data, and room between chance and skill."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from ablate.errors import TaskError
from ablate.manifest import Measured
from ablate.study import Json, Study, Trial, canonical

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


def networks(study: Study) -> dict[str, list[Json]]:
    """Parameters of the study's levels that shape an untrained network, the baseline's first."""
    factors = {factor.name: factor for factor in study.factors}
    return {
        argument: [level.params for level in dict.fromkeys((factors[name].baseline, *factors[name].levels))]
        for argument, name in NETWORKS.items()
    }


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
