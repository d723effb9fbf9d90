from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from ablate.core.errors import PatienceError, TaskError
from ablate.core.study import Execution, Json, Trial
from ablate.executors.pool import Pool
from ablate.runner import preflight
from ablate.store.manifest import Manifest
from ablate.tasks import Finding
from tests.fake_sweep import CHANCE, study


def call(function: Callable[..., Any], *args: Any, on_wait: Callable[[], None]) -> Any:
    on_wait()
    return function(*args)


POOL = Pool(width=lambda: 1, call=call, drain=None)  # type: ignore[arg-type]


def checked(check: Callable[[Sequence[Trial]], Json], before: Json) -> tuple[Json, list[str]]:
    said: list[str] = []
    record = preflight.check_losses(
        check, [], before, workers=POOL, execution=Execution(), stop=lambda: None, say=said.append
    )
    return record, said


def test_the_record_of_losses_that_are_not_checked_now_is_kept() -> None:
    before = [{"loss": {"kind": "mse"}}, {"loss": {"kind": "fused"}, "gap": 1}, "damaged"]
    record, said = checked(lambda _: [{"loss": {"kind": "fused"}, "gap": 2}], before)
    assert record == [{"loss": {"kind": "mse"}}, {"loss": {"kind": "fused"}, "gap": 2}]
    assert said == ["Checking the gradient of each loss against its formula (the loss check)."]
    assert checked(lambda _: {"trials": 0}, before)[0] == {"trials": 0}


def test_a_check_that_takes_too_long_is_noted() -> None:
    def hang(_: Sequence[Trial]) -> Json:
        raise PatienceError("The loss check took longer than 2 seconds (`patience`).")

    record, said = checked(hang, None)
    assert record == [{"error": "The loss check took longer than 2 seconds (`patience`)."}]
    assert said[1:] == [
        (
            "The loss check took longer than 2 seconds (`patience`). "
            "The sweep goes on: every program also checks its own losses."
        )
    ]


def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    now, waits = [0.0], list[float]()
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    wait = preflight.patience("It", Execution(patience=5), lambda: waits.append(now[0]))
    for now[0] in (1.0, 5.0):
        wait()
    now[0] = 5.1
    with pytest.raises(PatienceError, match=r"^It took longer than 5 seconds \(`patience`\)\.$"):
        wait()
    assert waits == [1.0, 5.0, 5.1]


def test_an_earlier_manifest_keeps_its_start_and_its_other_tasks(tmp_path: Path) -> None:
    own = study(tmp_path, "seed=0")
    earlier = Manifest(study=own, started="then", chance={"other": CHANCE})
    updated = preflight.updated_manifest(earlier, own, {"task": CHANCE}, ())
    assert (updated.started, set(updated.chance)) == ("then", {"other", "task"})
    assert updated.versions
    assert updated.machine["cores"]


def test_all_errors_of_a_task_are_raised_together_and_warnings_told() -> None:
    told: list[str] = []
    warning = Finding(severity="warning", what="Few rows.", advice="Take more.")
    preflight._judge({"kind": "csv"}, [warning], told.append)
    assert told == ["Task `csv`: Few rows. Take more."]
    errors = [Finding(severity="error", what=f"{word}.", advice="Mend it.") for word in ("One", "Two")]
    with pytest.raises(TaskError) as caught:
        preflight._judge({"kind": "csv"}, [warning, *errors], told.append)
    assert str(caught.value) == "Task csv cannot be studied. One. Mend it. Two. Mend it."
