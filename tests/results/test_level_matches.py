"""Which level of a study stored parameters mean."""

from __future__ import annotations

from ablate.results import level_matches
from tests.synthetic import LOSS, factor, study

DIGITS, MOVED = {"kind": "csv", "path": "a.csv"}, {"kind": "csv", "path": "b.csv"}


def test_a_task_is_known_by_its_rows_and_any_other_factor_by_what_it_does() -> None:
    own = study(factors=(factor("loss", LOSS), factor("task", {"mine": DIGITS})), contrasts=())
    text = own.factors[1].levels[0].text
    match = level_matches.matcher(own, {text: "rows"})
    assert match("loss", LOSS["fused"], "rows").name == "fused"
    assert match("loss", {"kind": "no_such"}, "rows") is None
    assert match("task", MOVED, "rows").name == "mine", "a file that moved"
    assert match("task", DIGITS, "other rows") is None, "the same path with other rows"
    assert match("task", MOVED, "other rows") is None
    assert match("task", DIGITS, "rows").name == "mine", "what was asked before decides nothing"


def test_a_manifest_without_hashes_knows_a_task_by_its_parameters() -> None:
    own = study(factors=(factor("task", {"mine": DIGITS}),), contrasts=())
    match = level_matches.matcher(own, {})
    assert match("task", DIGITS, "rows").name == "mine"
    assert match("task", MOVED, "rows") is None
