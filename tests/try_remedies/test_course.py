"""The stages find the smallest change that works, confirm it on fresh seeds, and stop in time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ablate.try_remedies import course, verdicts
from ablate.try_remedies.patch import Change
from ablate.try_remedies.record import Record
from ablate.try_remedies.verdict import Verdict
from tests.try_remedies.fake_lab import FakeLab, change, record

World = Callable[[tuple[str, ...], int], float]


def tried(world: World, offers: list[Change], most: int = 10_000) -> tuple[Record, Verdict, FakeLab]:
    """All stages in a world, and the answer."""
    lab = FakeLab(world, most)
    known = record(lab, offers)
    course.judge(known)
    if not known.healthy():
        course.choose(known, lambda _: None)
        course.confirm(known, lambda _: None)
    stopped = "time" if lab.over else ""
    return known, verdicts.verdict("make_model", known, stopped=stopped, seconds=1.0, command="ablate try"), lab


def test_a_healthy_program_needs_three_seeds() -> None:
    _, said, lab = tried(lambda names, seed: 0.9, [change("a"), change("b")])  # noqa: ARG005
    assert said.state == "healthy"
    assert said.status == 0
    assert said.recommended is None
    assert len(lab.trained) == 3


def test_the_likeliest_change_that_works_is_confirmed_on_fresh_seeds_and_the_rest_is_not_tried() -> None:
    offers = [
        change("useless", 0.5),
        change("cure", 0.4),
        change("other", 0.3),
        *(change(f"late{i}", 0.2) for i in range(9)),
    ]
    _, said, lab = tried(lambda names, seed: 0.9 if {"cure", "other"} & set(names) else 0.1, offers)  # noqa: ARG005
    assert said.state == "stuck"
    assert said.recommended is not None
    assert said.recommended.names == ("cure",)
    assert said.recommended.confirmed_on is not None
    assert said.recommended.confirmed_on.learned == 5
    assert said.status == 1
    assert not [key for key in lab.trained if key[0] and key[0][0].startswith("late")]
    assert "late0" in said.not_tried
    assert said.causes[0].name == "small_steps"
    html = said._repr_html_()
    assert html.index("stuck") < html.index("model.fit(") < html.index("What was tried"), "answer, lines, trials"


def test_accuracy_counts_not_only_escapes() -> None:
    offers = [change("little", 0.5), change("cure", 0.2)]
    accuracy = {(): 0.1, ("little",): 0.5, ("cure",): 0.93}
    _, said, _ = tried(lambda names, seed: accuracy.get(names, 0.93), offers)  # noqa: ARG005
    assert said.recommended is not None
    assert said.recommended.names == ("cure",)


def test_two_changes_that_only_work_together_are_found_and_nothing_else_is_kept() -> None:
    offers = [
        change(name, 0.3, part)
        for name, part in (("inputs", "inputs"), ("adam", "optimizer"), ("tanh", "activation"), ("init", "initializer"))
    ]
    _, said, _ = tried(lambda names, seed: 0.9 if {"inputs", "tanh"} <= set(names) else 0.1, offers)  # noqa: ARG005
    assert said.recommended is not None
    assert set(said.recommended.names) == {"inputs", "tanh"}


def test_luck_on_the_seeds_of_the_choice_is_not_confirmed() -> None:
    offers = [change("luck", 0.5), change("cure", 0.3)]

    def world(names: tuple[str, ...], seed: int) -> float:
        return 0.9 if names == ("cure",) or (names == ("luck",) and seed < 100) else 0.1

    _, said, _ = tried(world, offers)
    assert said.recommended is not None
    assert said.recommended.names == ("cure",)


def test_nothing_works_is_said_with_status_3() -> None:
    _, said, _ = tried(lambda names, seed: 0.1, [change("a"), change("b")])  # noqa: ARG005
    assert (said.state, said.status, said.recommended) == ("stuck", 3, None)
    assert "No way out was found." in said.text()
    assert not said.not_tried


def test_a_program_that_fails_at_times_is_tried_on_the_seeds_that_fail() -> None:
    _, said, lab = tried(lambda names, seed: 0.9 if names or seed in (0, 2) else 0.1, [change("cure")])
    assert said.state == "at times"
    assert said.baseline.trials == 8
    assert ((("cure",), 1)) in lab.trained


@pytest.mark.parametrize("most", range(1, 16))
def test_nothing_false_is_said_whenever_time_is_over(most: int) -> None:
    offers = [change("useless", 0.5), change("cure", 0.4)]
    _, said, lab = tried(lambda names, seed: 0.9 if "cure" in names else 0.1, offers, most)  # noqa: ARG005
    trials = {key for key in lab.trained if not key[0]}
    assert said.baseline.trials == len(trials)
    for option in said.tried:
        assert option.chosen_on.trials == len([key for key in lab.trained if key[0] == option.names and key[1] < 100])
    if said.recommended is not None and not said.recommended.confirmed_on:
        assert "not confirmed on fresh seeds" in said.text()
    if said.recommended is None:
        assert "No way out was found." not in said.text()


def test_sets_hold_several_changes_the_likely_ones_first_and_none_twice() -> None:
    offers = [
        change("likely", 0.6),
        change("optimizer=Adam", 0.5, part="optimizer"),
        change("activation=tanh", 0.3, part="activation"),
    ]
    sets = [tuple(one.name for one in changes) for changes in course._sets(record(FakeLab(lambda *_: 0.1), offers))]
    assert sets[0] == ("likely", "optimizer=Adam")
    assert ("optimizer=Adam", "activation=tanh") in sets
    assert all(len(one) > 1 for one in sets), "single changes were tried before"
    assert len({frozenset(one) for one in sets}) == len(sets)


def test_a_sure_change_that_works_needs_no_rival_even_if_others_reach_more() -> None:
    offers = [change("cure", 0.9), change("also", 0.5), change("more", 0.4)]
    accuracy = {(): 0.1, ("cure",): 0.62}
    _, said, lab = tried(lambda names, seed: accuracy.get(names, 0.95), offers)  # noqa: ARG005
    assert said.recommended is not None
    assert said.recommended.names == ("cure",)
    assert not [key for key in lab.trained if key[0] == ("more",)]


def test_two_likely_changes_are_tried_together_before_unlikely_ones() -> None:
    offers = [change("scale", 0.8, "inputs"), change("head", 0.7, "head")]
    offers += [change(f"late{i}", 0.2) for i in range(9)]
    _, said, lab = tried(lambda names, seed: 0.9 if {"scale", "head"} <= set(names) else 0.1, offers)  # noqa: ARG005
    assert said.recommended is not None
    assert said.recommended.names == ("scale", "head")
    assert not [key for key in lab.trained if key[0] and key[0][0].startswith("late")]


def test_a_likely_change_that_works_alone_is_not_joined_by_another() -> None:
    offers = [change("scale", 0.8, "inputs"), change("head", 0.7, "head")]
    _, said, _ = tried(lambda names, seed: 0.9 if "head" in names else 0.1, offers)  # noqa: ARG005
    assert said.recommended is not None
    assert said.recommended.names == ("head",)
