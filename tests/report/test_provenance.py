"""Where the numbers come from."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from ablate.report import provenance
from tests.synthetic import CHANCE, TASK, study

OTHER = "ffeeddccbbaa9988"


def results(**more: Any) -> Any:
    """Three trials on two tasks of one hash, and a task without trials."""
    trials = pd.DataFrame(
        {"task": ["digits", "words", "digits"], "task_hash": TASK, "state": "stuck", "final_accuracy": 0.1}
    )
    record: dict[str, Any] = {
        "chance": {OTHER: replace(CHANCE, reference=0.0), TASK: CHANCE}, "versions": {"keras": "3", "zlib": "1"},
        "machine": {"cores": 8, "speed": 2.34567}, "canary": [{"loss": "mse"}], "finished": "later",
        "started": "before", "semantics": 2,
    }  # fmt: skip
    record |= {name: more.pop(name) for name in list(more) if name in record}
    plain: dict[str, Any] = {
        "trials": trials, "complete": True, "parts": (), "study": study(seeds=(0, 1, 2, 5)),
        "programs": [("text", 12)],
    }  # fmt: skip
    return SimpleNamespace(manifest=SimpleNamespace(**record), **(plain | more))


def notes(**more: Any) -> list[str]:
    return provenance.notes(SimpleNamespace(results=results(**more)))  # type: ignore[arg-type]


def test_notes_say_how_trials_ended_and_what_is_chance_for_the_tasks_that_were_used() -> None:
    first, second = notes()
    assert first.startswith("All trials, by how they ended: 3 stuck")
    assert second == (
        f"Task digits, words: above chance is an accuracy of more than .23 ({CHANCE.count} of 256 rows). "
        "Networks trained on shuffled labels reach up to that by luck. A constant prediction gets .10, an ordinary "
        "classifier .95."
    )
    assert "ordinary" not in provenance._chance(replace(CHANCE, reference=0.0))


@pytest.mark.parametrize(
    ("complete", "parts", "said"), [(True, (), None), (False, (), "tables"), (False, ("a", "b"), "trials of 2 parts")]
)
def test_published_results_say_that_curves_are_missing(
    complete: bool, parts: tuple[str, ...], said: str | None
) -> None:
    lines = notes(complete=complete, parts=parts)
    assert lines[2:] == ([f"Made from published {said}: the curves are not here."] if said else [])


def test_a_task_without_trials_is_named_by_its_hash() -> None:
    assert provenance._task_names(results()) == {OTHER: "ffeedd", TASK: "digits, words"}
    bare = results(trials=results().trials.drop(columns="task"))
    assert provenance._task_names(bare) == {OTHER: "ffeedd", TASK: TASK[:6]}


@pytest.mark.parametrize(
    ("canary", "said"),
    [
        (None, "did not run"),
        ([{"loss": "mse"}, {"loss": "fused"}], "passed"),
        ([{"error": "no"}, {"loss": "fused"}, {"error": "no"}], "failed for 2 of 3 losses"),
        ({"error": "no"}, "passed"),
    ],
)
def test_the_loss_check(canary: Any, said: str) -> None:
    assert provenance._loss_check(canary) == said


def test_the_stamp_is_one_line() -> None:
    versions = {"keras": "3", "tensorflow": "2", "commit": "abc", "zlib": "1", "ablate-plateau": "9"}
    assert provenance.stamp(results(versions=versions)) == (
        "later; ablate-plateau 9, commit abc, tensorflow 2, keras 3; command: ablate sweep experiment=planted; loss "
        "check passed."
    )
    assert provenance.stamp(results(finished="")).startswith("before; keras 3; ")
    bare = results(finished="", started="", versions={}, study=study(command=""))
    assert provenance.stamp(bare) == "unknown; versions unknown; command: unknown; loss check passed."


def test_the_table_has_everything_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance.status, "progress", lambda _: "3 of 4")
    inputs: Any = SimpleNamespace(results=results())
    rows = dict(provenance.table(inputs))
    assert (rows["study"], rows["command"]) == ("planted", "ablate sweep experiment=planted")
    assert rows["question"] == "Which remedies get the classifier off 1/N?"
    assert (rows["seeds"], rows["how seeds are spent"]) == ("0-2, 5", "kind fixed")
    assert rows["budget"] == "400 steps; evaluation 0 and 25 more"
    assert (rows["trials"], rows["started"], rows["finished"], rows["semantics"]) == ("3 of 4", "before", "later", "2")
    assert (rows["versions"], rows["machine"]) == ("keras 3, zlib 1", "cores 8, speed 2.346")
    assert rows["loss check"] == '[{"loss": "mse"}]'
    assert "luck 0.1479" in rows[f"chance level of digits, words ({TASK})"]
    assert f"chance level of ffeedd ({OTHER})" in rows
    assert rows["program, 12 trials"] == "text"
    assert "loss=clipped, learning_rate=0.1" in rows["baseline"]
    design = {"kind": "pairs", "factors": None}
    own = study(command="", question="", designs=(design,))
    inputs = SimpleNamespace(results=results(finished="", study=own, canary=[{"loss": "mse", "error": "no"}]))
    rows = dict(provenance.table(inputs))
    assert rows["finished"] == "not yet"
    assert rows["design"] == '[{"factors": null, "kind": "pairs"}]'
    assert rows["loss check"] == '[{"error": "no", "loss": "mse"}]'
    assert not {"command", "question"} & set(rows)


@pytest.mark.parametrize(
    ("seeds", "said"), [((), ""), ((5,), "5"), ((5, 6), "5-6"), ((9, 0, 1, 2, 7, 3), "0-3, 7, 9"), ((1, 3), "1, 3")]
)
def test_seeds_are_ranges(seeds: tuple[int, ...], said: str) -> None:
    assert provenance.ranges(seeds) == said
