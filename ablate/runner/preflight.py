"""Check what must hold before the first step: sound data, and losses with the right gradients."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ablate import tasks
from ablate.core.errors import PatienceError, TaskError
from ablate.core.study import TASK, Execution, Json, Study, Trial
from ablate.executors.limits import LEAST_SECONDS
from ablate.outcomes import chance_level
from ablate.outcomes.chance_level import Chance
from ablate.remedies.loss import LOSS
from ablate.store import manifest
from ablate.store.manifest import Manifest
from ablate.tasks import Finding

if TYPE_CHECKING:
    from ablate.executors.pool import Pool

Say = Callable[[str], None]


def updated_manifest(
    earlier: Manifest, study: Study, chances: Mapping[str, Chance], trials: Iterable[Trial]
) -> Manifest:
    """Return the manifest of a sweep that starts now.

    Args:
        earlier: the manifest that an earlier sweep left, or a new one.
        study: the study as it is asked for now.
        chances: the chance level of every task planned so far, by task hash.
        trials: every trial planned so far.
    """
    data = {trial.setting[TASK].text: trial.task_hash for trial in trials}
    return dataclasses.replace(
        earlier,
        study=study,
        chance={**earlier.chance, **chances},
        data={**earlier.data, **data},
        versions=manifest.versions(),
        machine=manifest.machine(),
    )


def check_losses(
    check: Callable[[Sequence[Trial]], Any],
    trials: Iterable[Trial],
    before: Json,
    *,
    workers: Pool,
    execution: Execution,
    stop: Callable[[], None],
    say: Say,
) -> Json:
    """Return the loss check's record of the losses of these trials, with the earlier record of other losses.

    If the check takes too long, the sweep goes on, because every program also checks its own losses.

    Args:
        check: checks the losses of trials and returns the record; called in a worker.
        trials: the trials to train.
        before: the record that an earlier sweep left.
        workers: the workers, one of which runs the check.
        execution: says how long the check may take.
        stop: called while the check runs; raises if the sweep is to end.
        say: called with what is done, and if the check takes too long.

    Raises:
        LossCheckError: a loss has another gradient than its name promises.
    """
    say("Checking the gradient of each loss against its formula (the loss check).")
    by_setting = {trial.setting: trial for trial in trials}
    try:
        record = workers.call(check, list(by_setting.values()), on_wait=patience("The loss check", execution, stop))
    except PatienceError as error:
        say(f"{error} The sweep goes on: every program also checks its own losses.")
        record = [{"error": str(error)}]
    if not (isinstance(before, list) and isinstance(record, list)):
        return record
    checked = [entry.get(LOSS) for entry in record]
    return [*(entry for entry in before if isinstance(entry, dict) and entry.get(LOSS) not in checked), *record]


def task_params(trials: Iterable[Trial]) -> dict[str, Json]:
    """Return the parameters of every task of the trials, by task hash."""
    result: dict[str, Json] = {}
    for trial in trials:
        if trial.task_hash not in result:
            result[trial.task_hash] = trial.setting[TASK].params
    return result


def chances(trials: Iterable[Trial], known: Mapping[str, Chance], tell: Say) -> dict[str, Chance]:
    """Return the chance level of every task in use, by task hash; measure it only where `known` lacks it.

    Args:
        trials: every trial planned so far.
        known: the chance levels that an earlier sweep measured, by task hash.
        tell: takes a line of text about what takes long, and every warning about a task.

    Raises:
        TaskError: a task's data cannot be studied; the message gives every reason.
    """
    result = {}
    for task_hash, params in task_params(trials).items():
        task = tasks.load(params)
        _judge(params, tasks.check(task), tell)
        chance = known.get(task_hash) or chance_level.measure(task)
        tell(f"Task `{params['kind']}`: {chance.text()}.")
        _judge(params, chance_level.findings(chance), tell)
        result[task_hash] = chance
    return result


def _judge(params: Json, findings: Iterable[Finding], tell: Say) -> None:
    """Tell every warning; raise all errors together.

    Raises:
        TaskError: there are errors among the findings.
    """
    errors = []
    for finding in findings:
        if finding.severity == "error":
            errors.append(f"{finding.what} {finding.advice}")
        elif finding.severity == "warning":
            tell(f"Task `{params['kind']}`: {finding.what} {finding.advice}")
    if errors:
        raise TaskError(f"{tasks.in_words(params)} cannot be studied. " + " ".join(errors))


def patience(what: str, execution: Execution, on_wait: Callable[[], None]) -> Callable[[], None]:
    """Return a function to call while waiting; it raises a PatienceError once the wait is too long.

    Args:
        what: what is waited for, as the error's subject.
        execution: says how long a stack may take; the wait may take as long.
        on_wait: called at every call.
    """
    began, allowed = time.monotonic(), float(execution.patience) or LEAST_SECONDS

    def wait() -> None:
        on_wait()
        if time.monotonic() - began > allowed:
            raise PatienceError(f"{what} took longer than {allowed:,.0f} seconds (`patience`).")

    return wait
