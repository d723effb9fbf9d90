"""Each step of a course by itself: which seeds, which order, when it is enough, and what is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ablate.try_remedies import course
from ablate.try_remedies.lab import key_of
from ablate.try_remedies.patch import Change, Changes
from ablate.try_remedies.record import Record
from ablate.try_remedies.weighing import Sign
from tests.try_remedies.fake_lab import FakeLab, change, ending, record

A, B, C, D = (change(name, weight) for name, weight in (("a", 0.5), ("b", 0.4), ("c", 0.3), ("d", 0.2)))
World = Callable[[tuple[str, ...], int], float]


def known(world: World = lambda *_: 0.1, *offers: Change, most: int = 10_000) -> Record:
    return record(FakeLab(world, most), offers)


def trained(one: Record) -> list[tuple[tuple[str, ...], int]]:
    return one.lab.trained  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize(("learn", "count"), [((), 3), ((0,), 8), ((0, 1), 8), ((0, 1, 2), 3)])
def test_five_more_seeds_are_trained_if_the_first_end_differently(learn: tuple[int, ...], count: int) -> None:
    one = known(lambda _, seed: 0.9 if seed in learn else 0.1)
    course.judge(one)
    assert [seed for _, seed in trained(one)] == list(range(count))


def test_steps_that_are_missing_are_the_clearest_sign_and_the_base_is_no_offer() -> None:
    one = known(lambda *_: 0.1, A, B)
    one.base = (A,)
    rising = replace(
        ending(0.1), steps=tuple(range(0, 250, 10)), correct=tuple(range(2, 27)),
        losses=tuple(2.3 - 0.012 * at for at in range(25)), training_correct=25,
    )  # fmt: skip
    one.bar = replace(one.bar, chance=replace(one.bar.chance, luck=0.3))
    one.lab.seen |= {key_of((A,), seed): rising for seed in range(3)}
    course.judge(one)
    assert (one.signs[0].cause, one.signs[0].weight) == ("few_steps", 0.9)
    assert one.signs[0].evidence.startswith("it would need some 1")
    assert [offer.name for offer in one.offers] == ["b"]
    still = known()
    course.judge(still)
    assert all(isinstance(sign, Sign) and sign.weight < 0.9 for sign in still.signs)


@pytest.mark.parametrize(
    ("learn", "ran", "order"),
    [((), 0, [0, 1, 2]), ((), 3, [0, 1, 2]), ((0, 2), 8, [1, 3, 4]), ((0, 1), 3, [2, 0, 1]), ((), 2, [0, 1, 2])],
)
def test_the_seeds_that_fail_are_tried_first(learn: tuple[int, ...], ran: int, order: list[int]) -> None:
    one = known(lambda _, seed: 0.9 if seed in learn else 0.1)
    one.lab.train([((), seed) for seed in range(ran)])
    assert course._failing(one) == order


def test_likely_changes_together_stand_behind_the_last_of_them() -> None:
    singles: list[Changes] = [(A,), (B,), (C,), (D,)]
    assert course._with(singles, (A, C)) == [(A,), (B,), (C,), (A, C), (D,)]
    assert course._with(singles, ()) == singles
    assert course._with(singles, (change("x"), change("y"))) == singles
    likely = [change(f"l{at}", course.LIKELY) for at in range(2)]
    assert [part.name for part in course._likely(known(lambda *_: 0.1, *likely, D))] == ["l0", "l1"]
    assert course._likely(known(lambda *_: 0.1, likely[0], D)) == ()


@pytest.mark.parametrize(
    ("accuracy", "weights", "count"),
    [
        ({"a": 0.9}, (0.5, 0.5, 0.5, 0.5, 0.5, 0.5), 6),
        ({"a": 0.9, "b": 0.9}, (0.5,) * 6, None),
        ({"b": 0.6}, (0.5, 0.9, 0.5, 0.5, 0.5, 0.5), 2),
        ({}, (0.9,) * 6, 6),
    ],
)
def test_screening_ends_with_rivals_that_work_well_or_one_that_is_sure(
    accuracy: dict[str, float], weights: tuple[float, ...], count: int | None
) -> None:
    offers = [change(name, weight) for name, weight in zip("abcdef", weights, strict=True)]
    one = known(lambda names, _: accuracy.get(names[0], 0.1) if names else 0.1)
    one.lab.train([((), seed) for seed in range(3)])
    before = len(trained(one))
    course._screen(one, [(offer,) for offer in offers], 0)
    assert len(trained(one)) - before == (course.RIVALS if count is None else count)
    assert [changes[0].name for changes in one.tried] == list("abcdef")
    course._screen(one, [(offers[0],)], 0)
    assert len(one.tried) == 6


def test_pairs_are_as_many_as_rivals() -> None:
    sets: list[Changes] = [(A,), (B,), (C,), (D,), (A, B)]
    assert course.RIVALS == 2
    assert course._pairs(sets) == [[(A,), (B,)], [(C,), (D,)], [(A, B)]]


def test_the_best_are_trained_on_more_seeds_until_one_works_well() -> None:
    accuracy = {"a": 0.9, "b": 0.6, "c": 0.9, "d": 0.9}
    one = known(lambda names, seed: 0.1 if names == ("a",) and seed else accuracy[names[0]])
    one.tried = [(A,), (B,), (C,), (D,)]
    one.lab.train([(changes, 0) for changes in one.tried])
    course._deepen(one, (1, 2))
    assert [key[0][0] for key in trained(one)[4:]] == ["a", "a", "c", "c"]
    stopped = known(lambda *_: 0.6, most=6)
    stopped.tried = [(A,), (B,), (C,), (D,)]
    stopped.lab.train([(changes, 0) for changes in stopped.tried])
    course._deepen(stopped, (1, 2))
    assert len(trained(stopped)) == 6


@pytest.mark.parametrize(
    ("right", "seeds", "weight", "well"),
    [(0.9, 3, 0.5, True), (0.9, 2, 0.5, False), (0.6, 3, 0.5, False), (0.6, 3, 0.9, True), (0.1, 3, 0.9, False)],
)
def test_a_set_works_well_on_three_seeds_with_much_gained_or_a_sure_change(
    right: float, seeds: int, weight: float, well: bool
) -> None:
    one = known(lambda *_: right)
    one.tried = [(change("a", weight),)]
    one.lab.train([(one.tried[0], seed) for seed in range(seeds)])
    assert course._well(one) is well


def sets(*offers: Change) -> list[str]:
    return [course.names(changes) for changes in course._sets(known(lambda *_: 0.1, *offers))]


def test_the_kit_takes_the_likeliest_of_each_part_above_a_weight() -> None:
    part = next(iter(course.KIT))
    for weight, there in ((0.12, False), (0.13, True)):
        offers = [change("kit", weight, part), change("optimizer=Adam", 0.2, "optimizer")]
        assert (sets(*offers)[0] == "optimizer=Adam and kit") is there


def test_sets_pair_the_five_that_gained_most() -> None:
    offers = [change(f"o{at}", 0.1) for at in range(7)]
    one = known(lambda names, _: 0.1 + 0.01 * int(names[0][1]), *offers)
    one.lab.train([((offer,), 0) for offer in offers])
    made = [course.names(changes) for changes in course._sets(one)]
    assert made[0] == "o6 and o5"
    assert len(made) == 10
    assert not any("o0" in name or "o1" in name for name in made)
    one.tried = [(offers[6], offers[5])]
    assert len(course._sets(one)) == 9


def test_what_is_not_needed_is_left_out_one_after_another() -> None:
    one = known(lambda names, _: 0.9 if {"a", "c"} <= set(names) else 0.1)
    whole = (A, B, C, D)
    one.lab.train([(whole, seed) for seed in range(3)])
    course._shrink(one, whole, 0, (1, 2))
    assert (A, C) in one.tried
    assert course.names(one.best()[0]) == "a and c"
    assert {key[0] for key in trained(one) if len(key[0]) == 1} == {("a",), ("c",)}


def test_a_set_that_time_leaves_is_not_shrunk() -> None:
    one = known(lambda *_: 0.9, most=3)
    one.lab.train([((A, B), seed) for seed in range(3)])
    course._shrink(one, (A, B), 0, (1, 2))
    assert one.tried == []


@pytest.mark.parametrize(("part", "shrunk"), [(0.5, False), (0.54, False), (0.57, True), (0.6, True)])
def test_a_smaller_set_may_lose_a_tenth_of_the_gain(part: float, shrunk: bool) -> None:
    one = known(lambda names, _: 0.6 if names == ("a", "b") else part)
    one.lab.train([((A, B), seed) for seed in range(3)])
    course._shrink(one, (A, B), 0, (1, 2))
    assert (len({seed for _, seed in trained(one)[3:]}) == 3) is shrunk, "what gains enough is trained on other seeds"


def test_a_set_of_one_change_is_not_shrunk() -> None:
    one = known(lambda *_: 0.9)
    course._shrink(one, (A,), 0, (1, 2))
    assert (one.tried, trained(one)) == ([], [])
    one.base = (B,)
    course._shrink(one, (B, A), 0, (1, 2))
    assert (one.tried, trained(one)) == ([], []), "the base is no change of the set"


@pytest.mark.parametrize(("right", "holds"), [(0.1, False), (0.6, True), (0.9, True)])
def test_a_part_holds_if_it_gains_on_the_other_seeds_too(right: float, holds: bool) -> None:
    one = known(lambda *_: right)
    assert course._holds(one, (A,), (1, 2)) is holds
    assert [seed for _, seed in trained(one)] == [1, 2]


def confirmed(world: World, *names: Change, most: int = 10_000) -> tuple[Record, list[str]]:
    one, told = known(world, most=most), list[str]()
    one.tried = [(name,) for name in names]
    one.lab.seen |= {key_of(changes, seed): ending(0.9) for changes in one.tried for seed in range(3)}
    course.confirm(one, told.append)
    return one, told


@pytest.mark.parametrize(
    ("fails", "chosen", "tried"), [((), "a", 1), ((104,), "a", 1), ((103, 104), "b", 2), ((101, 104), "b", 2)]
)
def test_a_choice_may_fail_on_one_fresh_seed_of_five(fails: tuple[int, ...], chosen: str, tried: int) -> None:
    one, told = confirmed(lambda names, seed: 0.1 if names == ("a",) and seed in fails else 0.9, A, B, C, D)
    assert (course.names(one.chosen), len(told)) == (chosen, tried)
    assert told[0] == "Confirming on 5 fresh seeds: a."


def test_of_three_that_are_not_confirmed_the_best_is_taken() -> None:
    good = {"a": 1, "b": 3, "c": 2, "d": 5}
    one, told = confirmed(lambda names, seed: 0.9 if seed < 100 + good[names[0]] else 0.1, A, B, C, D)
    assert (course.names(one.chosen), len(told)) == ("b", 3)
    assert confirmed(lambda *_: 0.9)[0].chosen == ()
    over, told = confirmed(lambda *_: 0.9, A, B, most=0)
    assert (course.names(over.chosen), told) == ("a", [])


def chosen(one: Record) -> list[str]:
    """Choose in a world whose program as it is was judged, and return the first words that were told."""
    told: list[str] = []
    one.lab.train([(one.base, seed) for seed in range(3)])
    course.choose(one, told.append)
    return [words.split()[0] for words in told]


@pytest.mark.parametrize(
    ("learnable", "told"),
    [(True, ["Trying", "Trying"]), (None, ["Trying", "Trying"]), (False, ["Trying"])],
)
def test_sets_are_tried_unless_there_is_nothing_to_learn(learnable: bool | None, told: list[str]) -> None:
    one = known(lambda *_: 0.1, A, B)
    one.learnable = learnable
    assert chosen(one) == told
    assert one.chosen == ()


@pytest.mark.parametrize("base", [(), (change("rows=shuffled", 0.9),)])
def test_only_of_several_changes_is_left_out(base: Changes) -> None:
    need: World = lambda names, _: 0.9 if {"a", "b"} <= set(names) else 0.1  # noqa: E731
    alone: World = lambda names, _: 0.9 if "a" in names else 0.1  # noqa: E731
    for world, told, names in ((alone, ["Trying"], ["a"]), (need, ["Trying", "Trying", "Leaving"], ["a", "b"])):
        one = known(world, A, B)
        one.base = base
        assert chosen(one) == told
        assert [part.name for part in one.chosen] == [*(part.name for part in base), *names]
        before = len(trained(one))
        course._shrink(one, (*base, A), 0, (1, 2))
        assert len(trained(one)) == before, "one change is not shrunk"


def test_a_set_holds_one_norm() -> None:
    norms = [change("normalization=batch", 0.2, "normalization"), change("momentum=0.9", 0.2, "momentum")]
    offers = [change("optimizer=Adam", 0.2, "optimizer"), change("activation=tanh", 0.2, "activation"), *norms]
    made = sets(*offers)
    assert "optimizer=Adam and activation=tanh and normalization=batch" in made
    assert not any("normalization" in name and "momentum" in name and "Adam" in name for name in made)
