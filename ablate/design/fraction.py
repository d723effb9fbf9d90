"""Regular fractions of a full grid, two-level and mixed-level: fewer settings, at the price of aliases that are known.

A factor of n levels is split into pseudo-factors of prime size (4 = 2 x 2, 6 = 2 x 3). For each prime the fraction is
the set of solutions of linear equations modulo that prime; the settings are all combinations over the primes (Addelman,
Technometrics 4, 1962; Kobilinsky, Monod and Bailey, Computational Statistics and Data Analysis 113, 2017). Such a
fraction is balanced, and contains the setting in which every factor has its first level, so a study's baseline is
always run. Resolution R: no effect of k factors is confounded with one of fewer than R - k.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ablate.core.errors import ConfigError

MOST_TRIES = 20_000
"""Vectors tried before a search for generators gives up."""

MOST_WORDS = 1 << 14


@dataclass(frozen=True, eq=False, kw_only=True)
class Fraction:
    """A fraction of a full grid.

    Attributes:
        names: the factors.
        levels: how many levels each has.
        settings: [settings, factors] level numbers; the first row is all zeros.
        resolution: length of the shortest word; one more than the number of factors for the full grid.
        words: the defining words as lists of factors, shortest first.
    """

    names: tuple[str, ...]
    levels: tuple[int, ...]
    settings: np.ndarray
    resolution: int
    words: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class _Part:
    """The fraction for one prime: which factor each pseudo-factor belongs to, their vectors, and the words."""

    prime: int
    owners: tuple[int, ...]
    vectors: np.ndarray
    words: np.ndarray

    def lengths(self) -> np.ndarray:
        return _lengths(self.words, self.owners)


def primes(number: int) -> tuple[int, ...]:
    """The prime factors, smallest first.

    Examples:
        >>> primes(12)
        (2, 2, 3)
    """
    for prime in range(2, math.isqrt(number) + 1):
        if number % prime == 0:
            return (prime, *primes(number // prime))
    return (number,) if number > 1 else ()


def smallest(levels: Mapping[str, int], resolution: int) -> Fraction:
    """The smallest regular fraction found with at least this resolution.

    Args:
        levels: how many levels each factor has.
        resolution: 3 (main effects apart), 4 (apart from pairs too) or 5 (pairs apart as well), or more.

    Raises:
        ConfigError: a resolution below 3.

    Examples:
        >>> smallest(dict.fromkeys("abcde", 2), 5).settings.shape
        (16, 5)
    """
    if resolution < 3:
        raise ConfigError(f"A fraction's resolution must be at least 3. Received: {resolution}.")
    parts = []
    for prime, owners in _pseudo(levels).items():
        found = (_search(prime, owners, rank, resolution) for rank in range(1, len(owners) + 1))
        parts.append(next(part for part in found if part is not None))
    return _combine(levels, parts)


def of_size(levels: Mapping[str, int], settings: int) -> Fraction:
    """The regular fraction of exactly this many settings with the highest resolution found.

    Raises:
        ConfigError: no regular fraction of resolution 3 or more has this size; the sizes that exist are named.
    """
    pseudo = _pseudo(levels)
    sizes: dict[int, list[list[_Part]]] = {}
    for ranks in itertools.product(*(range(1, len(owners) + 1) for owners in pseudo.values())):
        size = math.prod(prime**rank for prime, rank in zip(pseudo, ranks, strict=True))
        best = [
            _best(prime, owners, rank) if size == settings else _search(prime, owners, rank, 3)
            for (prime, owners), rank in zip(pseudo.items(), ranks, strict=True)
        ]
        parts = [part for part in best if part is not None]
        if len(parts) == len(best):
            sizes.setdefault(size, []).append(parts)
    if settings not in sizes:
        raise ConfigError(
            f"A regular fraction of these levels must have {', '.join(map(str, sorted(sizes)))} settings. "
            f"Received: {settings}."
        )
    return max((_combine(levels, parts) for parts in sizes[settings]), key=lambda each: each.resolution)


def _pseudo(levels: Mapping[str, int]) -> dict[int, tuple[int, ...]]:
    """Per prime, the factor that each pseudo-factor belongs to."""
    result: dict[int, list[int]] = {}
    for place, count in enumerate(levels.values()):
        for prime in primes(count):
            result.setdefault(prime, []).append(place)
    return {prime: tuple(owners) for prime, owners in result.items()}


def _lengths(words: np.ndarray, owners: Sequence[int]) -> np.ndarray:
    """How many factors each word is made of."""
    own = np.zeros((len(owners), max(owners) + 1), bool)
    own[np.arange(len(owners)), list(owners)] = True
    return np.asarray(((words != 0) @ own).sum(1))


def _vectors(prime: int, rank: int) -> Iterator[tuple[int, ...]]:
    """Every vector up to a scalar, those with most entries first: they make the longest words."""
    every = itertools.product(range(prime), repeat=rank)
    leading = (each for each in every if next((entry for entry in each if entry), 0) == 1)
    yield from sorted(leading, key=lambda each: (sum(map(bool, each)) * -1, each))


def _best(prime: int, owners: tuple[int, ...], rank: int) -> _Part | None:
    """The highest resolution that a search finds."""
    best = None
    for resolution in range(3, len(set(owners)) + 2):
        found = _search(prime, owners, rank, resolution)
        if found is None:
            break
        best = found
    return best


def _search(prime: int, owners: tuple[int, ...], rank: int, resolution: int) -> _Part | None:
    """Vectors for the pseudo-factors such that no word is shorter than `resolution`, or None; depth first."""
    count, extra = len(owners), len(owners) - rank
    if prime**extra > MOST_WORDS:
        return None
    tried = 0
    candidates = list(_vectors(prime, rank)) if extra else []

    def extend(
        chosen: list[tuple[int, ...]], words: np.ndarray, start: int
    ) -> tuple[list[tuple[int, ...]], np.ndarray] | None:
        nonlocal tried
        if len(chosen) == extra:
            return chosen, words
        for place in range(start, len(candidates)):
            tried += 1
            if tried > MOST_TRIES:
                return None
            word = np.zeros(count, np.int64)
            word[:rank], word[rank + len(chosen)] = candidates[place], prime - 1
            new = np.concatenate([(words + times * word) % prime for times in range(1, prime)])
            if _lengths(new, owners).min() >= resolution:
                # Factors with several pseudo-factors are not alike, so their vectors may come in any order.
                later = place + 1 if len(set(owners)) == count else 0
                found = extend([*chosen, candidates[place]], np.concatenate([words, new]), later)
                if found is not None:
                    return found
        return None

    found = extend([], np.zeros((1, count), np.int64), 0)
    if found is None:
        return None
    vectors = np.concatenate([np.eye(rank, dtype=np.int64), np.array(found[0], np.int64).reshape(-1, rank)])
    return _Part(prime=prime, owners=owners, vectors=vectors, words=found[1][1:])


def _combine(levels: Mapping[str, int], parts: Sequence[_Part]) -> Fraction:
    """All combinations of the primes' solutions, their digits put together to level numbers."""
    names, counts = tuple(levels), tuple(levels.values())
    codes = np.zeros((1, len(names)), np.int64)
    radix = np.ones(len(names), np.int64)
    words: set[tuple[str, ...]] = set()
    for part in parts:
        rank = part.vectors.shape[1]
        free = np.array(list(itertools.product(range(part.prime), repeat=rank)), np.int64)
        digits = free @ part.vectors.T % part.prime
        own = np.zeros((len(free), len(names)), np.int64)
        for column, owner in enumerate(part.owners):
            own[:, owner] += digits[:, column] * radix[owner]
            radix[owner] *= part.prime
        codes = (codes[:, None, :] + own[None, :, :]).reshape(-1, len(names))
        for word in part.words:
            words.add(tuple(names[owner] for owner in sorted({part.owners[at] for at in np.flatnonzero(word)})))
    lengths = [int(part.lengths().min()) for part in parts if len(part.words)]
    return Fraction(
        names=names,
        levels=counts,
        settings=codes,
        resolution=min(lengths, default=len(names) + 1),
        words=tuple(sorted(words, key=lambda word: (len(word), word))),
    )
