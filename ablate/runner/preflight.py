"""Check what must hold before the first step: sound data, room between chance and skill, and losses that differ."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ablate.core.errors import PatienceError, TaskError
from ablate.core.study import TASK, Execution, Json, Study, Trial, canonical
from ablate.executors.limits import LEAST_SECONDS
from ablate.remedies.loss import LOSS
from ablate.runner import study_folder
from ablate.store import manifest
from ablate.store.manifest import Manifest

if TYPE_CHECKING:
    from ablate.executors.pool import Pool
    from ablate.outcomes.chance_level import Chance
    from ablate.tasks import Finding

Say = Callable[[str], None]


def manifest_of(study: Study, chances: Mapping[str, Chance], known: Manifest | None) -> Manifest:
    """Return the manifest of a sweep that starts now.

    Args:
        study: the study as it is asked for now.
        chances: the chance level of every task planned so far, by task hash.
        known: the manifest that an earlier sweep left; None if this is the first.
    """
    earlier = known or Manifest(study=study, started=study_folder.now())
    return dataclasses.replace(
        earlier,
        study=study,
        chance={**earlier.chance, **chances},
        versions=manifest.versions(),
        machine=manifest.machine(),
    )


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
        LossCheckError: loss formulations agree where they must differ.
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
    asked = [each.get(LOSS) for each in now]
    return [*(each for each in before if isinstance(each, dict) and each.get(LOSS) not in asked), *now]


def task_params(trials: Iterable[Trial]) -> dict[str, Json]:
    """Parameters of every task in use, by the hash of its content."""
    found: dict[str, Json] = {}
    for trial in trials:
        if trial.task_hash not in found:
            found[trial.task_hash] = trial.setting[TASK].params
    return found


def chances(study: Study, trials: Iterable[Trial], known: Mapping[str, Chance], tell: Say) -> dict[str, Chance]:
    """Return the chance level of every task in use, by task hash; measure it only where `known` lacks it.

    Args:
        study: the study; its levels say which untrained networks count.
        trials: every trial planned so far.
        known: the chance levels that an earlier sweep measured, by task hash.
        tell: takes a line of text about what takes long, and every warning about a task.

    Raises:
        TaskError: a task cannot tell learning from luck; the message gives every reason.
    """
    from ablate import tasks
    from ablate.outcomes import chance_level
    from ablate.outcomes.null_band import Networks

    networks = Networks.of(study)
    result = {}
    for task_hash, params in task_params(trials).items():
        task = tasks.load(params)
        _judge(params, tasks.check(task), tell)
        chance = known.get(task_hash)
        if chance is None or chance.networks != networks.text:
            tell(f"Measuring the chance level of task `{params['kind']}` (thousands of untrained networks).")
            chance = chance_level.measure(task, networks)
        _judge(params, chance_level.findings(chance), tell)
        result[task_hash] = chance
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
