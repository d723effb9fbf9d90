"""Which of the changes that were tried is best, and whether it needs a rival."""

from __future__ import annotations

from typing import Any

import pytest

from ablate.engine.as_is.records import Ending
from ablate.try_remedies.lab import key_of
from ablate.try_remedies.patch import Change, Changes
from ablate.try_remedies.record import FIRST, Record
from tests.try_remedies.fake_lab import FakeLab, change, ending, record


def known(*tried: tuple[Changes, float, int], base: Changes = ()) -> Record:
    """Return what is known after these changes had these accuracies on so many seeds."""
    one = record(FakeLab(lambda *_: 0.1), [])
    one.base = base
    one.tried = [changes for changes, *_ in tried]
    one.lab.seen |= {key_of(changes, seed): ending(right) for changes, right, seeds in tried for seed in range(seeds)}
    return one


def best(*tried: tuple[Changes, float, int], base: Changes = ()) -> list[str]:
    return ["+".join(part.name for part in changes) for changes in known(*tried, base=base).best()]


A, B, C = (change(name, weight) for name, weight in (("a", 0.3), ("b", 0.4), ("c", 0.3)))


def test_only_what_works_on_every_seed_is_among_the_best() -> None:
    one = known(((A,), 0.9, 3), ((B,), 0.1, 3), ((), 0.9, 3))
    assert one.best() == [(A,)]
    one.lab.seen[key_of((A,), 2)] = ending(0.1)
    assert one.best() == []


def test_more_seeds_come_first_up_to_three() -> None:
    assert best(((A,), 0.95, 2), ((C,), 0.6, 3)) == ["c", "a"]
    assert best(((A,), 0.9, 5), ((B,), 0.9, 3)) == ["b", "a"], "by weight: three seeds are as good as five"


def test_accuracy_counts_if_it_is_less_than_nine_tenths_of_the_best_gain() -> None:
    # Gains of .1 to .95: .95 gains 1, and so much less than .9 - .02 that .84 is not near and .86 is.
    assert best(((A,), 0.95, 3), ((B,), 0.84, 3)) == ["a", "b"]
    assert best(((A,), 0.95, 3), ((B,), 0.86, 3)) == ["b", "a"]
    # .7 gains .706: .62 is not near it, .63 is.
    assert best(((A,), 0.7, 3), ((B,), 0.62, 3)) == ["a", "b"]
    assert best(((A,), 0.7, 3), ((B,), 0.63, 3)) == ["b", "a"]


def test_a_smaller_set_is_better_then_the_likelier_then_the_more_accurate() -> None:
    assert best(((B, C), 0.95, 3), ((A,), 0.95, 3)) == ["a", "b+c"]
    assert best(((A, C), 0.95, 3), ((A, B), 0.94, 3)) == ["a+b", "a+c"]
    assert best(((A,), 0.94, 3), ((C,), 0.95, 3)) == ["c", "a"]
    heavy = change("heavy", 0.8)
    assert best(((A, heavy), 0.95, 3), ((B, C), 0.95, 3)) == ["a+heavy", "b+c"]


def test_one_change_that_is_nearly_sure_is_near_the_best_whatever_its_gain() -> None:
    sure, likely = change("sure", 0.85), change("likely", 0.84)
    assert best(((A,), 0.95, 3), ((sure,), 0.6, 3)) == ["sure", "a"]
    assert best(((A,), 0.95, 3), ((likely,), 0.6, 3)) == ["a", "likely"]
    assert known(base=(A,)).sure((A, sure))
    assert not known(base=(A,)).sure((sure,))
    assert not known().sure((A, sure))
    assert not known().sure(())


def test_the_gain_of_what_does_not_work_is_negative() -> None:
    one = known(((A,), 0.53, 3), ((B,), 0.27, 2))
    assert one.gain((A,)) == pytest.approx((0.53 - 0.1) / 0.85)
    assert one.gain((B,)) == pytest.approx((0.27 - 0.1) / 0.85 - 1.0)
    assert one.gain((C,)) == -1.0


@pytest.mark.parametrize(
    ("endings", "enough"),
    [
        ([], 0.75),
        ([ending(0.1)] * 2, 0.75),
        ([Ending(error="no"), ending(0.1)], 0.75),
        ([Ending(error="no")] * 3, 0.4),
    ],
)
def test_a_program_that_raises_an_error_is_content_with_less(endings: list[Ending], enough: float) -> None:
    one = known()
    one.lab.seen |= {((), seed): ended for seed, ended in enumerate(endings)}
    assert one.enough == enough


def test_the_seeds_of_the_choice_are_the_first_eight_and_the_fresh_ones_others() -> None:
    one = known()
    one.lab.seen |= {((), seed): ending(0.9) for seed in (*range(9), 100)}
    assert one.tally(()).trials == 8
    assert one.tally(()).seeds == tuple(range(8))
    assert one.tally((), FIRST).trials == 3
    assert one.fresh == (100, 101, 102, 103, 104)
    assert one.healthy()
    assert not known(((), 0.1, 3)).healthy()


def test_what_a_record_begins_with() -> None:
    lab: Any = FakeLab(lambda *_: 0.1)
    one = record(lab, [])
    empty = (one.inspection, one.findings, one.signs, one.base, one.learnable, one.tried, one.chosen)
    assert empty == (None, (), [], (), None, [], ())
    assert (one.notes, one.left_out, one.unchecked, one.done) == ([], [], [], False)
    assert Change(name="n", part="p", words="w").weight == 0.1
