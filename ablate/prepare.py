"""What must hold before the first step: a task with room to learn, and losses that differ."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ablate import manifest, place
from ablate.errors import PatienceError
from ablate.manifest import Manifest
from ablate.study import Execution, Json, Study, Trial

if TYPE_CHECKING:
    from ablate.chance import Chance
    from ablate.executors.pool import Pool

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
    from ablate import checks

    own = known or Manifest(study=study, started=place.now())
    seen = checks.chances(study, trials, own.chance, say)
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
    from ablate import checks

    say("Checking that the losses differ where they must (the canary).")
    first = {trial.setting: trial for trial in trials}
    try:
        now = workers.call(check, list(first.values()), on_wait=checks.patience("The canary", execution, stop))
    except PatienceError as error:
        say(f"{error} Every program asks the canary again of the losses it trains.")
        now = [{"error": str(error)}]
    if not (isinstance(before, list) and isinstance(now, list)):
        return now
    asked = [each.get("loss") for each in now]
    return [*(each for each in before if isinstance(each, dict) and each.get("loss") not in asked), *now]
