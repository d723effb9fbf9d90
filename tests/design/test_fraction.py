"""Regular fractions: the textbook's sizes, balance, and words that are really there."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ablate.core.errors import ConfigError
from ablate.core.study import Factor, Level, Study
from ablate.design import aliasing, designs, fraction


# Box, Hunter and Hunter, Statistics for Experimenters, 2005, table 6.22: factors, resolution -> runs.
@pytest.mark.parametrize(
    ("factors", "resolution", "runs"),
    [
        (3, 3, 4),
        (5, 3, 8),
        (7, 3, 8),
        (15, 3, 16),
        (4, 4, 8),
        (8, 4, 16),
        (9, 4, 32),
        (5, 5, 16),
        (8, 5, 64),
        (10, 5, 128),
    ],
)
def test_two_level_fractions_are_as_small_as_the_textbooks(factors, resolution, runs):
    found = fraction.smallest({f"f{place}": 2 for place in range(factors)}, resolution)
    assert found.settings.shape == (runs, factors)
    assert found.resolution >= resolution


@settings(deadline=None, max_examples=25)
@given(st.lists(st.sampled_from([2, 3, 4, 6]), min_size=2, max_size=5), st.integers(3, 5))
def test_mixed_levels_are_balanced_distinct_and_contain_the_baseline(levels, resolution):
    found = fraction.smallest({f"f{place}": size for place, size in enumerate(levels)}, resolution)
    assert len(np.unique(found.settings, axis=0)) == len(found.settings)
    assert not found.settings[0].any()
    for strength in range(1, min(resolution, len(levels) + 1)):
        for columns in itertools.combinations(range(len(levels)), strength):
            counts = np.unique(found.settings[:, columns], axis=0, return_counts=True)[1]
            assert len(counts) == np.prod([levels[column] for column in columns])
            assert len(set(counts)) == 1


def test_resolution_is_what_it_separates():
    found = fraction.smallest(dict.fromkeys("abcdef", 2), 4)
    known = aliasing.of_codes(found.settings, found.names)
    assert {"a", "b", "c", "d", "e", "f"} <= set(known.separate)
    assert known.confounded["a:b"]
    fifth = fraction.smallest(dict.fromkeys("abcde", 2), 5)
    assert not aliasing.of_codes(fifth.settings, fifth.names).confounded


def test_a_regular_fraction_is_closed_under_addition():
    chosen = fraction.smallest(dict.fromkeys("abcdefg", 2), 4).settings
    rows = {tuple(row) for row in chosen}
    assert {tuple((first + second) % 2) for first in chosen for second in chosen} == rows
    assert len(rows) == 2**7 // 2**3


def test_a_design_searches_for_its_fraction_once():
    fraction._search.cache_clear()
    own = study(resolution=4)
    designs.check_design(own)
    searches = fraction._search.cache_info().misses
    assert len(designs.settings(own)) == 16
    assert fraction._search.cache_info().misses == searches > 0


def test_a_size_that_does_not_exist_names_those_that_do():
    with pytest.raises(
        ConfigError, match=r"^`settings` of a fraction must be a size that exists for these levels: 72. Received: 18.$"
    ):
        fraction.of_size({"a": 3, "b": 3, "c": 4, "d": 2}, 18)
    assert fraction.of_size(dict.fromkeys("abcdefg", 2), 16).resolution == 4
    with pytest.raises(ConfigError, match=r"^`resolution` of a fraction must be at least 3. Received: 2.$"):
        fraction.smallest({"a": 2}, 2)


def test_the_sizes_named_are_those_of_every_prime_and_rank():
    with pytest.raises(ConfigError, match=r"for these levels: 12, 24. Received: 8.$"):
        fraction.of_size({"a": 3, "b": 2, "c": 2, "d": 2}, 8)


@pytest.mark.parametrize(("levels", "size"), [((2,), 2), ((3, 2), 6), ((3, 2, 2), 12), ((3, 2, 2, 2), 12), ((4, 2), 8)])
def test_every_size_that_is_named_can_be_had(levels, size):
    found = fraction.of_size({f"f{place}": count for place, count in enumerate(levels)}, size)
    assert len(np.unique(found.settings, axis=0)) == size


@pytest.mark.parametrize(
    ("prime", "owners", "rank"), [(2, (0, 1, 2, 3, 4), 3), (3, (0, 1, 2, 3), 2), (5, (0, 1, 2), 2)]
)
def test_every_word_is_constant_over_the_fraction(prime, owners, rank):
    part = fraction._search(prime, owners, rank, 3)
    assert len(part.words) == prime ** (len(owners) - rank) - 1
    assert not (part.words @ part.vectors % prime).any()


# How many vectors a search tries is part of which fraction it finds, and it ends when it has tried the most.
@pytest.mark.parametrize(
    ("owners", "rank", "resolution", "tries"), [((0, 1, 2, 3, 4, 5), 4, 4, 17), ((0, 0, 1, 1, 2, 2), 4, 3, 8)]
)
def test_a_search_ends_at_the_most_tries_and_words(owners, rank, resolution, tries, monkeypatch):
    search = fraction._search.__wrapped__
    extra = len(owners) - rank
    monkeypatch.setattr(fraction, "MOST_TRIES", tries)
    monkeypatch.setattr(fraction, "MOST_WORDS", 2**extra)
    assert search(2, owners, rank, resolution) is not None
    monkeypatch.setattr(fraction, "MOST_TRIES", tries - 1)
    assert search(2, owners, rank, resolution) is None
    monkeypatch.setattr(fraction, "MOST_TRIES", tries)
    monkeypatch.setattr(fraction, "MOST_WORDS", 2**extra - 1)
    assert search(2, owners, rank, resolution) is None


def study(**part):
    def factor(name, size):
        levels = tuple(Level(name=str(place), params=place) for place in range(size))
        return Factor(name=name, levels=levels, baseline=levels[0])

    factors = tuple(factor(name, size) for name, size in (("a", 2), ("b", 2), ("c", 2), ("d", 2), ("e", 2)))
    return Study(name="x", factors=factors, seeds=(0,), designs=({"kind": "fraction", **part},))


def test_a_study_can_be_a_fraction():
    five = study()
    assert len(designs.settings(five)) == 16
    assert five.baseline in designs.settings(five)
    assert not aliasing.of_settings(designs.settings(five)).confounded
    three = designs.settings(study(resolution=3))
    assert len(three) == 8
    assert any(" = " in line for line in aliasing.of_settings(three).lines())
    assert len(designs.settings(study(settings=8))) == 8
    with pytest.raises(ConfigError, match=r"^`design.settings` must be a whole number. Received: 'many'.$"):
        designs.settings(study(settings="many"))
