"""The answer that a record gives: what is recommended, what was tried, and what was not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ablate.audit import Finding
from ablate.audit.finding import Repair
from ablate.try_remedies import verdicts
from ablate.try_remedies.lab import key_of
from ablate.try_remedies.patch import Changes
from ablate.try_remedies.record import Record
from ablate.try_remedies.verdict import Verdict
from ablate.try_remedies.weighing import Sign
from tests.try_remedies.fake_lab import FakeLab, change, ending, record

A, B, C = (change(name, weight) for name, weight in (("a", 0.5), ("b", 0.4), ("c", 0.3)))


def known(own: float, *tried: tuple[Changes, float, int], chosen: Changes = ()) -> Record:
    """Return what is known of a program with this accuracy and three offers, of which some were tried."""
    one = record(FakeLab(lambda *_: 0.1), [A, B, C])
    one.tried = [changes for changes, *_ in tried]
    one.chosen = chosen
    every = [((), own, 3), *tried]
    one.lab.seen |= {key_of(changes, seed): ending(right) for changes, right, seeds in every for seed in range(seeds)}
    return one


def said(one: Record, **more: Any) -> Verdict:
    return verdicts.verdict("p", one, **{"stopped": "", "seconds": 3.5, "command": "again", **more})


def names(option: Any) -> tuple[str, ...] | None:
    return None if option is None else option.names


def test_without_a_choice_the_best_is_recommended_and_the_next_named() -> None:
    verdict = said(known(0.1, ((C,), 0.1, 3), ((B,), 0.9, 3), ((A,), 0.9, 2)))
    assert (verdict.state, names(verdict.recommended), names(verdict.next_best)) == ("stuck", ("b",), ("a",))
    assert [option.names for option in verdict.tried] == [("c",), ("b",), ("a",)]
    assert verdict.not_tried == ()
    assert verdict.recommended is not None
    assert verdict.recommended.patch
    assert not any(option.patch for option in verdict.tried)
    assert verdict.recommended.chosen_on.seeds == (0, 1, 2)
    assert verdict.recommended.confirmed_on is None
    assert (verdict.seconds, verdict.judged, verdict.stopped) == (3.5, "as it is", "")


def test_what_was_chosen_is_recommended_whatever_is_best() -> None:
    one = known(0.1, ((B,), 0.9, 3), ((A,), 0.9, 2), chosen=(A,))
    one.lab.seen |= {key_of((A,), seed): ending(0.9) for seed in one.fresh}
    verdict = said(one)
    assert (names(verdict.recommended), names(verdict.next_best)) == (("a",), ("b",))
    assert verdict.not_tried == ("c",)
    assert verdict.recommended is not None
    assert verdict.recommended.confirmed_on is not None
    assert verdict.recommended.confirmed_on.seeds == (100, 101, 102, 103, 104)


@pytest.mark.parametrize(("seeds", "second"), [(1, None), (2, ("b",)), (3, ("b",))])
def test_the_next_best_was_trained_on_two_seeds_at_least(seeds: int, second: tuple[str, ...] | None) -> None:
    verdict = said(known(0.1, ((A,), 0.9, 3), ((B,), 0.9, seeds)))
    assert names(verdict.next_best) == second


def test_nothing_is_recommended_where_nothing_works_or_nothing_is_needed() -> None:
    none = said(known(0.1, ((A,), 0.1, 3)))
    assert (none.recommended, none.next_best, none.not_tried) == (None, None, ("b", "c"))
    healthy = said(known(0.9, ((A,), 0.9, 3)))
    assert (healthy.state, healthy.recommended, healthy.next_best, healthy.not_tried) == ("healthy", None, None, ())
    unknown = said(record(FakeLab(lambda *_: 0.1), [A]))
    assert (unknown.state, unknown.not_tried, unknown.tried) == ("unknown", (), ())


def test_the_bar_is_one_row_above_the_chance_level() -> None:
    one = known(0.1)
    one.bar = replace(one.bar, chance=replace(one.bar.chance, luck=0.3))
    verdict = said(one)
    assert one.bar.chance.count == 37
    assert (verdict.bar, verdict.chance) == (0.38, 0.1)
    assert verdict.reachable == 0.95
    assert said(known(0.1, ((A,), 0.98, 3))).reachable == 0.98


def test_causes_are_those_of_signs_and_experiments_unless_the_program_learns() -> None:
    sign = Sign(cause="sorted_rows", weight=0.9, evidence="a sign")
    for own, causes in ((0.1, ["sorted_rows"]), (0.9, [])):
        one = known(own)
        one.signs = [sign]
        assert [cause.name for cause in said(one).causes] == causes
    proven = said(known(0.1, ((A,), 0.9, 3))).causes[0]
    assert (proven.name, proven.sure) == ("small_steps", 0.6)
    assert "do a" in proven.evidence
    fails = known(0.1, ((A,), 0.1, 3))
    fails.signs = [Sign(cause="small_steps", weight=0.9, evidence="a sign")]
    assert said(fails).causes[0].sure == pytest.approx(0.36)


def test_what_works_beside_the_recommended_change_counts_too() -> None:
    few = change("few", 0.3, causes=("few_steps",))
    one = known(0.1, ((A,), 0.9, 3), ((few,), 0.9, 3))
    one.signs = [Sign(cause="few_steps", weight=0.5, evidence="a sign")]
    assert {cause.name: cause.sure for cause in said(one).causes} == {"few_steps": 0.65, "small_steps": 0.6}


def test_changes_of_the_base_are_no_cause() -> None:
    base = change("rows=shuffled", 0.9, causes=("sorted_rows",))
    one = known(0.1)
    one.base = (base,)
    one.tried = [(base, A)]
    one.lab.seen |= {key_of((base,), seed): ending(0.1) for seed in range(3)}
    one.lab.seen |= {key_of((base, A), seed): ending(0.9) for seed in range(3)}
    verdict = said(one)
    assert [cause.name for cause in verdict.causes] == ["small_steps"]
    assert verdict.not_tried == ("b", "c")
    assert verdict.judged != "as it is"
    one.tried = []
    one.chosen = (base,)
    assert [cause.name for cause in said(one).causes] == ["sorted_rows"]


def test_findings_come_with_their_first_repair() -> None:
    repairs = tuple(Repair(part="p", change={}, words=words) for words in ("first", "second"))
    plain = Finding(code="c", cause="frozen", severity="error", weight=0.5, what="what", evidence=(), fit="")
    one = known(0.1)
    one.findings = (replace(plain, repairs=repairs), plain)
    one.unchecked, one.left_out, one.notes = ["u", "v", "u"], ["l"], ["n"]
    verdict = said(one, stopped="time")
    assert verdict.findings == (("error", "what", "first"), ("error", "what", ""))
    assert (verdict.unchecked, verdict.left_out, verdict.notes) == (("u", "v"), ("l",), ("n",))
    assert verdict.command == "run it again with more minutes (again)."
    assert verdicts.plain("p", "error", "why").seconds == 0.0
