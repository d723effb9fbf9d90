"""How sure a cause is and what is tried first, worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from ablate.audit import Finding
from ablate.audit.finding import Repair
from ablate.engine.as_is.records import Ending
from ablate.try_remedies import weighing
from ablate.try_remedies.weighing import Sign
from tests.try_remedies.fake_lab import change, ending

SMALL = Sign(cause="small_steps", weight=0.5, evidence="it hardly moves")
PROVEN = "Proven by an experiment: it learns with one change: do a."


def found(cause: str, weight: float) -> Finding:
    """What an audit finds."""
    return Finding(code=cause, cause=cause, severity="error", weight=weight, what="", evidence=(), fit="")


def test_a_change_that_works_proves_the_first_cause_it_treats_most() -> None:
    one = change("a", causes=("small_rate", "small_steps", "few_steps"))
    assert weighing.causes((), (SMALL,), ((one,),), ()) == [
        ("small_steps", pytest.approx(0.8 * 0.5 + 0.6 / 2), f"As compiled, it hardly moves. {PROVEN}"),
        ("small_rate", pytest.approx(0.6), PROVEN),
    ]


def test_two_changes_prove_less_and_later_ones_less_again() -> None:
    pair = (change("a", causes=("small_rate",)), change("b", causes=("large_rate",)))
    alike = {name: weight for name, weight, _ in weighing.causes((), (), (pair,), ())}
    assert alike == {"small_rate": pytest.approx(0.5), "large_rate": pytest.approx(0.5)}
    later = weighing.causes((), (SMALL,), ((change("a", causes=("x",)),), (change("b"),)), ())
    assert {name: weight for name, weight, _ in later}["small_steps"] == pytest.approx(0.4 + 0.25)


def test_of_the_causes_that_a_change_treats_the_audit_picks_the_first() -> None:
    one = change("a", causes=("large_start", "symmetric"))
    names = [
        name for name, *_ in weighing.causes((found("symmetric", 0.93), found("large_start", 0.8)), (), ((one,),), ())
    ]
    assert names == ["symmetric", "large_start"]


def test_where_a_cause_is_clear_none_is_said_to_be_missing() -> None:
    rate = change("a", causes=("small_rate",))
    names = [[name for name, *_ in weighing.causes((), (SMALL,), works, ())] for works in (((rate,),), ())]
    clear = Finding(code="r", cause="small_rate", severity="error", weight=0.95, what="", evidence=(), fit="")
    assert names == [["small_rate", "small_steps"], ["small_steps"]]
    assert [name for name, *_ in weighing.causes((clear,), (SMALL,), (), ())] == ["small_rate"]


def test_of_two_faults_each_repair_may_fail_alone() -> None:
    fails = ((change("a", causes=("head_cuts",)),), (change("b", causes=("input_scale",)),))
    both = weighing.causes((found("head_cuts", 0.9), found("input_scale", 0.8)), (), (), fails)
    assert [(name, weight) for name, weight, _ in both] == [
        ("head_cuts", pytest.approx(0.675)),
        ("input_scale", pytest.approx(0.6)),
    ]
    assert weighing.causes((found("head_cuts", 0.9),), (), (), fails)[0][1] == pytest.approx(0.45)


def test_what_fails_alone_halves_its_cause_and_what_fails_in_company_does_not() -> None:
    other = change("b", causes=("x",))
    assert weighing.causes((), (SMALL,), (), ((change("a"),),))[0][1] == pytest.approx(0.2)
    assert weighing.causes((), (SMALL,), (), ((change("a"), other),))[0][1] == pytest.approx(0.4)


def test_changes_are_tried_by_what_points_to_them() -> None:
    offers = [
        change("none", 0.3, causes=("x",)),
        change("second", 0.3, causes=("x", "small_steps")),
        change("first", 0.3),
    ]
    ordered = weighing.weighed(offers, (), (SMALL,))
    assert [(one.name, one.weight) for one in ordered] == [
        ("first", pytest.approx(1 - 0.7 * (1 - 0.8 * 0.5))),
        ("second", pytest.approx(1 - 0.7 * (1 - 0.8 * 0.45))),
        ("none", pytest.approx(0.3)),
    ]


@pytest.mark.parametrize(
    ("seen", "causes"),
    [
        (ending(0.1), ["small_steps"]),
        (ending(0.1, bad_step=7), ["non_finite", "small_steps"]),
        (ending(0.1, signals={"start_loss": 7.0}), ["large_start", "small_steps"]),
        (ending(0.1, signals={"start_loss": 6.8}), ["small_steps"]),
        (ending(0.1, signals={"end_no_gradient": 1.0, "start_no_gradient": 1.0}), ["no_gradient"]),
        (ending(0.1, signals={"end_no_gradient": 1.0, "start_no_gradient": 0.9}), ["clip_trap"]),
        (ending(0.1, signals={"end_no_gradient": 1.0, "dead": 1.0}), ["dead_units", "dead_units"]),
        (ending(0.1, signals={"dead": 0.91}), ["dead_units", "small_steps"]),
        (
            ending(0.1, signals={"start_first_gradient": 0.04, "start_last_gradient": 1.0}),
            ["vanishing_gradient", "small_steps"],
        ),
        (ending(0.1, signals={"start_first_gradient": 0.06, "start_last_gradient": 1.0}), ["small_steps"]),
        (ending(0.1, training_mode=0.35), ["mode_gap", "small_steps"]),
        (ending(0.1, training_mode=0.25), ["small_steps"]),
    ],
)
def test_the_first_seeds_show_signs(seen: Ending, causes: list[str]) -> None:
    assert [sign.cause for sign in weighing.signs([seen], 10)] == causes


def test_a_loss_that_still_falls_is_a_sign_of_few_steps() -> None:
    import dataclasses

    falls = dataclasses.replace(ending(0.1), losses=(2.3, 2.2, 2.1, 2.0, 1.9, 1.8, 1.7, 1.6))
    assert [sign.cause for sign in weighing.signs([falls], 10)] == ["few_steps"]
    assert weighing.signs([Ending()], 10) == []


FALLING = (1.0, 1.0, 1.0, 1.0, 0.985)
LEVEL = math.log(10)


@pytest.mark.parametrize(
    ("more", "cause"),
    [
        ({"bad_step": 0}, "non_finite"),
        ({"signals": {"start_loss": 3 * LEVEL}}, ""),
        ({"signals": {"start_loss": 3.001 * LEVEL}}, "large_start"),
        ({"signals": {"end_no_gradient": 0.98}}, ""),
        ({"signals": {"end_no_gradient": 0.99, "start_no_gradient": 0.98, "dead": 0.89}}, "clip_trap"),
        ({"signals": {"end_no_gradient": 0.99, "start_no_gradient": 0.99, "dead": 0.89}}, "no_gradient"),
        ({"signals": {"end_no_gradient": 0.99, "dead": 0.99}}, "dead_units"),
        ({"signals": {"dead": 0.89}}, ""),
        ({"signals": {"dead": 0.9}}, "dead_units"),
        ({"signals": {"start_first_gradient": 0.05, "start_last_gradient": 1.0}}, ""),
        ({"signals": {"start_first_gradient": 0.049, "start_last_gradient": 1.0}}, "vanishing_gradient"),
        ({"signals": {"start_first_gradient": 0.0, "start_last_gradient": 0.0}}, ""),
        ({"training_mode": 0.5, "training_correct": 7}, ""),
        ({"training_mode": 0.5, "training_correct": 6}, "mode_gap"),
        ({"losses": FALLING}, "few_steps"),
        ({"losses": FALLING[1:]}, "small_steps"),
        ({"losses": (1.0, 1.0, 1.0, 1.0, 0.99)}, "small_steps"),
        ({"losses": (1.0, 0.979)}, ""),
        ({"losses": (2.0, 2.0, 0.98, 0.98, 0.985)}, ""),
        ({"losses": (0.5, 0.509)}, "small_steps"),
        ({"losses": (0.5, 0.5101)}, ""),
        ({"losses": (0.0, 0.0)}, "small_steps"),
        ({"losses": (1.0,)}, ""),
    ],
)
def test_each_sign_is_seen_from_its_edge_on(more: dict[str, Any], cause: str) -> None:
    one = Ending(**({"steps": (0,), "correct": (10,), "losses": (1.0, 2.0), "rows": 100, "training_rows": 20} | more))
    assert [sign.cause for sign in weighing.signs([one], 10)][:1] == ([cause] if cause else [])


def test_signs_are_of_the_mean_of_trials_the_first_bad_step_and_of_all_falling() -> None:
    low, high = (ending(0.1, signals={"start_loss": loss}) for loss in (7.0, 8.0))
    (sign, *_) = weighing.signs([low, high, ending(0.1, signals={"start_loss": math.nan})], 10)
    assert sign.evidence == "the loss before training is 7.5, that of equal probabilities 2.3"
    bad = weighing.signs([ending(0.1, bad_step=9), ending(0.1, bad_step=4), ending(0.1)], 10)
    assert bad[0].evidence == "the loss is NaN or infinite from step 4 on"
    falls = Ending(correct=(10,), losses=FALLING, rows=100)
    assert [sign.cause for sign in weighing.signs([falls, ending(0.1)], 10)] == ["small_steps"]


def test_what_is_tried_first_follows_causes_parts_and_places() -> None:
    repairs = tuple(Repair(part=part, change={}, words="") for part in ("head", "loss"))
    audited = [replace(found("a", 0.5), repairs=repairs), replace(found("b", 0.8), severity="note")]
    sign = Sign(cause="c", weight=0.25, evidence="")
    offers = [
        change("causes", 0.5, causes=("z", "a")),
        change("note", 0.5, causes=("b",)),
        change("sign", 0.5, causes=("c",)),
        change("head", 0.5, causes=(), part="head"),
        change("loss", 0.5, causes=("c",), part="loss"),
    ]
    weights = {one.name: one.weight for one in weighing.weighed(offers, audited, [sign])}
    pointed = {"causes": 0.45, "loss": 0.45, "head": 0.3, "sign": 0.25, "note": 0.15 * 0.8}
    assert weights == {name: pytest.approx(1 - 0.5 * (1 - 0.8 * strength)) for name, strength in pointed.items()}
    assert list(weights) == list(pointed)


def test_no_cause_is_surer_than_certain_and_what_is_less_than_a_note_is_left_out() -> None:
    one = change("a", causes=("x",))
    audited = (found("x", 0.95), replace(found("y", 1.0), severity="note"), replace(found("z", 0.9), severity="note"))
    named = weighing.causes(audited, (), ((one,),), ())
    assert [(name, weight) for name, weight, _ in named] == [("x", 1.0), ("y", 0.15)]


def test_a_repair_that_fails_speaks_against_the_cause_it_treats_first() -> None:
    audited = (found("p", 0.8), found("q", 0.5))
    fails = ((change("a", causes=("p", "q")),), (change("b", causes=("q",)), change("c", causes=("q",))))
    named = weighing.causes(audited, (), (), fails)
    assert [(name, weight) for name, weight, _ in named] == [("q", 0.5), ("p", pytest.approx(0.4))]


@pytest.mark.parametrize(
    ("more", "weight", "evidence"),
    [
        ({"bad_step": 3}, 0.9, "step 3 on"),
        ({"signals": {"start_loss": 9.0}}, 0.5, "before training is 9, that of equal probabilities 2.3"),
        ({"signals": {"end_no_gradient": 1.0}}, 0.7, "exactly 0"),
        ({"signals": {"dead": 0.92}}, 0.6, "92% of the units"),
        ({"signals": {"start_first_gradient": 0.08, "start_last_gradient": 2.0}}, 0.55, "is 0.04 of that of the last"),
        ({"signals": {"start_first_gradient": 0.0, "start_last_gradient": 2.0}}, 0.55, "is exactly 0"),
        ({"training_mode": 0.5}, 0.7, "mode is 0.50 higher"),
        ({"losses": FALLING}, 0.35, "still falls"),
        ({"losses": (100.0, 102.0)}, 0.3, "changes by 2.0% from beginning"),
    ],
)
def test_each_sign_has_its_weight_and_numbers(more: dict[str, Any], weight: float, evidence: str) -> None:
    one = Ending(**({"steps": (0,), "correct": (10,), "losses": (1.0, 2.0), "rows": 100} | more))
    sign, *_ = weighing.signs([one], 10)
    assert sign.weight == weight
    assert evidence in sign.evidence


def test_signs_at_their_edges() -> None:
    far = Ending(correct=(10,), losses=(1.0, 2.0), rows=100, signals={"start_loss": 2.2})
    assert [sign.cause for sign in weighing.signs([far], 2)] == ["large_start"], "3 ln 2 is 2.08"
    assert weighing.signs([far], 3) == []
    gradients = {"start_first_gradient": 0.08, "start_last_gradient": 1.0}
    assert weighing.signs([replace(far, signals=gradients)], 2) == []
    once = replace(far, training_correct=1, training_rows=1, training_mode=1.0)
    assert weighing.signs([once], 10) == [], "the one row is right in both modes"
    still = Ending(correct=(10,), losses=(1.0, 1.0), rows=100, signals={"end_no_gradient": 0.99})
    assert [sign.cause for sign in weighing.signs([still], 10)] == ["clip_trap"]


def test_the_first_of_equal_findings_is_the_evidence_and_a_cause_at_point_nine_is_clear() -> None:
    findings = (replace(found("r", 0.9), what="one"), replace(found("r", 0.9), what="two"))
    assert weighing.causes(findings, (SMALL,), (), ()) == [("r", 0.9, "one")]


def test_two_findings_at_point_six_may_be_two_faults() -> None:
    fails = ((change("a", causes=("p",)),),)
    named = weighing.causes((found("p", 0.6), found("q", 0.6)), (), (), fails)
    assert [(name, weight) for name, weight, _ in named] == [("q", 0.6), ("p", pytest.approx(0.45))]
