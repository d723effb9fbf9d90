"""The guide: pairs from a made-up study worked by hand, the order of its advice, and what following it is worth."""

from __future__ import annotations

import pandas as pd
import pytest

from findings import __main__ as whole
from findings import changes, guide, guide_csv, guide_text

FACTORS = ("start", "loss", "learning_rate", "task", "fault")
TRIALS = (
    ("a", "fresh", "clipped", "0.1", "digits", "none", 0, "collapsed", "clip_trap"),
    ("b", "fresh", "clipped", "0.1", "digits", "none", 1, "escaped", "other"),
    ("c", "fresh", "fused", "0.1", "digits", "none", 0, "escaped", "other"),
    ("d", "fresh", "fused", "0.1", "digits", "none", 1, "escaped", "other"),
    ("e", "fresh", "clipped", "0.01", "digits", "none", 0, "stuck", "uniform_output"),
    ("f", "fresh", "keras", "0.1", "digits", "none", 0, "escaped", "other"),
    ("g", "saturated", "clipped", "0.1", "digits", "none", 0, "stuck", "clip_trap"),
    ("h", "fresh", "clipped", "0.1", "digits", "labels_shuffled", 0, "stuck", "data_fault"),
)


def rows(change: str, escapes: list[list[int]], cause: str = "dead_units") -> list[tuple[object, ...]]:
    """Pairs of a change: for each setting, whether each of its trials escaped."""
    return [
        (f"{place}/{number}", "s", "digits", "anew", cause, "loss", change, f"{change}/{place}", bool(escaped))
        for place, trials in enumerate(escapes)
        for number, escaped in enumerate(trials)
    ]


def made(*listed: list[tuple[object, ...]]) -> pd.DataFrame:
    return pd.DataFrame([row for each in listed for row in each], columns=list(changes.COLUMNS))


def test_a_setting_counts_once_and_few_say_nothing() -> None:
    few, rare = rows("few", [[1] * 30] * 2), rows("rare", [[1] * 6] * 3)
    assert guide.made_from(made(few, rare)) == {}
    (sure,) = guide.made_from(made(few, rows("sure", [[1] * 4] * 9 + [[0] * 4]), rare))["anew", "dead_units"]
    assert (sure.change, sure.low) == ("sure", pytest.approx(0.596, abs=5e-4))  # Wilson for 9 of 10
    (uneven,) = guide.made_from(made(rows("x", [[1] * 30, [0] * 5, [0] * 5])))["anew", "dead_units"]
    assert (uneven.rate, uneven.expected) == (0.3333, pytest.approx(0.75))
    assert (uneven.settings, uneven.pairs) == (3, 40)


def test_changes_are_compared_on_the_networks_that_they_share() -> None:
    # Of 20 networks of each setting ten are easy: they escape by either change. Ten are hard: only `strong` frees them.
    # `weak` was tried on the easy ones and three hard ones, `strong` on all hard ones and three easy ones.
    weak = rows("weak", [[1] * 10 + [0] * 3] * 3)
    strong = [row for row in rows("strong", [[1] * 20] * 3) if int(str(row[0]).split("/")[1]) >= 7]
    own = guide.made_from(made(weak, strong))["anew", "dead_units"]
    assert [each.change for each in own] == ["strong", "weak"]
    assert [each.rate for each in own] == [1.0, 0.7692]
    # Both were tried on three easy and three hard ones: a gap of a half, so the fits of `weak` are 1 on seven networks
    # tried with it alone, 0.5 on seven with `strong` alone, 0.75 and 0.25 on the others; of `strong` 0.5 more, cut.
    assert [each.expected for each in own] == [1.0, pytest.approx((7 * 1 + 7 * 0.5 + 3 * 0.75 + 3 * 0.25) / 20)]


def test_what_removes_the_cause_comes_first_unless_counts_refute_it() -> None:
    def changed(factor: str, change: str, escapes: list[list[int]]) -> list[tuple[object, ...]]:
        return [(*row[:5], factor, *row[6:]) for row in rows(change, escapes)]

    leaky, batch = (
        changed("activation", "leaky_relu", [[1, 0] * 5] * 4),
        changed("normalization", "batch", [[0] * 2] * 40),
    )
    shallow, wide = changed("depth", "lower", [[1] * 5] * 8), changed("width", "higher", [[1, 1, 0] * 5] * 4)
    ranked = guide.made_from(made(leaky, batch, shallow, wide))["anew", "dead_units"]
    assert [each.factor for each in ranked] == ["activation", "width", "normalization", "depth"]
    better = guide.made_from(made(leaky, changed("normalization", "batch", [[1] * 5] * 4)))["anew", "dead_units"]
    assert [each.factor for each in better] == ["normalization", "activation"], "the better one that removes the cause"
    listed = list(guide_csv.rows({("anew", "dead_units"): ranked}))
    dead = [row for row in listed if (row["cause"], row["phase"]) == ("dead_units", "anew")]
    assert [row["change"] for row in dead] == [
        "activation=leaky_relu", "more units", "2 layers instead of 8", "rate / 10 or lower", "initializer=glorot",
        "normalization=batch",
    ]  # fmt: skip
    assert [bool(row["why"]) for row in dead] == [True, False, False, True, True, False], (
        "counts refute batch norm here"
    )
    assert dead[3]["share"] == ""
    assert dead[2]["needs"] == "more than 2 hidden layers"


def test_the_fused_loss_leads_the_clip_trap_and_an_initializer_is_no_first_advice_unless_units_are_copies() -> None:
    def changed(factor: str, change: str, escapes: list[list[int]], cause: str) -> list[tuple[object, ...]]:
        return [(*row[:5], factor, *row[6:]) for row in rows(change, escapes, cause=cause)]

    half, whole_ = [[1, 0] * 3] * 4, [[1] * 6] * 4
    for cause, first, second in (
        ("clip_trap", ("loss", "fused"), ("learning_rate", "far lower")),
        ("dead_units", ("activation", "leaky_relu"), ("initializer", "glorot")),
    ):
        pairs = made(changed(*first, half, cause), changed(*second, whole_, cause))
        assert [each.factor for each in guide.made_from(pairs)["anew", cause]] == [first[0], second[0]]
    copies = made(changed("dropout", "0.5", half, "symmetric"), changed("initializer", "glorot", whole_, "symmetric"))
    assert [each.factor for each in guide.made_from(copies)["anew", "symmetric"]] == ["initializer", "dropout"]


def test_a_change_that_frees_fewer_than_one_in_ten_does_not_lead_however_wide_its_interval() -> None:
    never = [(*row[:5], "clipping", *row[6:]) for row in rows("norm", [[0] * 7] * 3, cause="large_steps")]
    often = [(*row[:5], "width", *row[6:]) for row in rows("higher", [[1, 1, 0] * 4] * 4, cause="large_steps")]
    ranked = guide.made_from(made(never, often))["anew", "large_steps"]
    assert [(each.factor, guide.refuted(each), each.high > 0.5) for each in ranked] == [
        ("width", False, True),
        ("clipping", True, True),
    ]
    listed = [row for row in guide_csv.rows({("anew", "large_steps"): ranked}) if row["phase"] == "anew"]
    assert [(row["change"], row["why"]) for row in listed if row.get("share")] == [
        ("more units", ""),
        ("clipping=norm", ""),
    ]


def test_wrong_data_have_no_remedy() -> None:
    assert guide.made_from(made(rows("x", [[1] * 30] * 4, cause="data_fault"))) == {}


def test_what_never_works_is_of_no_use() -> None:
    advice = guide.made_from(made(rows("never", [[0] * 2] * 40), rows("unsure", [[0] * 7] * 3)))["anew", "dead_units"]
    assert [each.change for each in guide.useless(advice)] == ["never"]


def test_following_the_guide_is_scored_on_other_networks() -> None:
    own = guide.made_from(made(rows("good", [[1] * 5] * 8), rows("bad", [[0] * 4, [1] * 4] * 4)))
    # two networks: the better change fails on one of them, where the other works; a third change is not on the list
    test = made(rows("good", [[1, 0]]), rows("bad", [[0, 1]]), rows("new", [[0, 0]]))
    (score,) = guide.scores(own, test)
    assert (score.networks, score.first, score.second) == (2, 0.5, 1.0)
    assert score.any_change == pytest.approx(1 / 3)
    assert score.best == 1.0
    assert guide.scores(own, made(rows("good", [[1]], cause="symmetric"))) == []


def test_the_published_guide_is_better_than_chance_on_tasks_it_was_not_made_from() -> None:
    pairs = changes.pairs(whole.PUBLISHED, guide_text.MADE_FROM)
    digits = pairs["task"] == "digits"
    for source, test in ((pairs[digits], pairs[~digits]), (pairs[~digits], pairs[digits])):
        found = guide.scores(guide.made_from(source), test)
        count = sum(each.networks for each in found)
        first, any_change = (
            sum(getattr(each, name) * each.networks for each in found) / count for name in ("first", "any_change")
        )
        assert count > 1_000
        assert first > 1.5 * any_change
