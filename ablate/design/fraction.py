"""Regular fractions of a full grid, two-level and mixed-level: fewer settings, at the price of known aliases.

A factor of n levels is split into pseudo-factors of prime size (4 = 2 x 2, 6 = 2 x 3). For each prime, the fraction is
the set of solutions of linear equations modulo that prime. The settings are all combinations over the primes (Addelman,
Technometrics 4, 1962; Kobilinsky, Monod and Bailey, Computational Statistics and Data Analysis 113, 2017).

Such a fraction is balanced. It contains the setting in which every factor has its first level, so a study's baseline is
always run. Resolution R means: no effect of k factors is confounded with an effect of fewer than R - k factors. A word
is a set of factors whose product is constant over the fraction; the resolution is the length of the shortest word.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ablate.core.errors import ConfigError

MOST_TRIES = 20_000
"""The most vectors that a search for generators tries."""

MOST_WORDS = 1 << 14
"""A fraction with more words than this is not searched for."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Fraction:
    """A fraction of a full grid.

    Attributes:
        names: the factors.
        settings: [settings, factors] level numbers; the first row is all zeros.
        resolution: length of the shortest word; one more than the number of factors for the full grid.
    """

    names: tuple[str, ...]
    settings: np.ndarray
    resolution: int


@dataclass(frozen=True, eq=False, kw_only=True)
class _Part:
    """The fraction for one prime.

    Attributes:
        prime: the prime.
        owners: per pseudo-factor, the index of the factor that it belongs to.
        vectors: [pseudo-factors, rank] each pseudo-factor as a combination of the free ones.
        words: [words, pseudo-factors] exponents of each word.
    """

    prime: int
    owners: tuple[int, ...]
    vectors: np.ndarray
    words: np.ndarray


def primes(number: int) -> tuple[int, ...]:
    """Return the prime factors, smallest first.

    Examples:
        >>> primes(12)
        (2, 2, 3)
    """
    for prime in range(2, math.isqrt(number) + 1):
        if number % prime == 0:
            return (prime, *primes(number // prime))
    return (number,) if number > 1 else ()


def smallest(levels: Mapping[str, int], resolution: int) -> Fraction:
    """Return the smallest regular fraction that a search finds with at least this resolution.

    Args:
        levels: how many levels each factor has.
        resolution: 3 separates main effects from each other, 4 from pairs too, 5 also separates pairs from each other.

    Raises:
        ConfigError: a resolution below 3.

    Examples:
        >>> smallest(dict.fromkeys("abcde", 2), 5).settings.shape
        (16, 5)
    """
    if resolution < 3:
        raise ConfigError(f"`resolution` of a fraction must be at least 3. Received: {resolution}.")
    parts = []
    for prime, owners in _pseudo_factors(levels).items():
        by_rank = (_search(prime, owners, rank, resolution) for rank in range(1, len(owners) + 1))
        parts.append(next(part for part in by_rank if part is not None))
    return _combine(tuple(levels), parts)


def of_size(levels: Mapping[str, int], settings: int) -> Fraction:
    """Return the regular fraction of exactly this many settings with the highest resolution that a search finds.

    Args:
        levels: how many levels each factor has.
        settings: how many settings the fraction must have.

    Raises:
        ConfigError: no regular fraction of resolution 3 or more has this size; the message names the sizes that exist.
    """
    pseudo_factors = _pseudo_factors(levels)
    sizes: dict[int, list[list[_Part]]] = {}
    for ranks in itertools.product(*(range(1, len(owners) + 1) for owners in pseudo_factors.values())):
        size = math.prod(prime**rank for prime, rank in zip(pseudo_factors, ranks, strict=True))
        best = [
            _best(prime, owners, rank) if size == settings else _search(prime, owners, rank, 3)
            for (prime, owners), rank in zip(pseudo_factors.items(), ranks, strict=True)
        ]
        parts = [part for part in best if part is not None]
        if len(parts) == len(best):
            sizes.setdefault(size, []).append(parts)
    if settings not in sizes:
        raise ConfigError(
            f"`settings` of a fraction must be a size that exists for these levels: "
            f"{', '.join(map(str, sorted(sizes)))}. Received: {settings}."
        )
    fractions = [_combine(tuple(levels), parts) for parts in sizes[settings]]
    return max(fractions, key=lambda fraction: fraction.resolution)


def _pseudo_factors(levels: Mapping[str, int]) -> dict[int, tuple[int, ...]]:
    """Return, per prime, the index of the factor that each pseudo-factor belongs to."""
    result: dict[int, list[int]] = {}
    for index, count in enumerate(levels.values()):
        for prime in primes(count):
            result.setdefault(prime, []).append(index)
    return {prime: tuple(owners) for prime, owners in result.items()}


def _lengths(words: np.ndarray, owners: Sequence[int]) -> np.ndarray:
    """Count the factors in each word."""
    belongs = np.zeros((len(owners), max(owners) + 1), bool)
    belongs[np.arange(len(owners)), list(owners)] = True
    return np.asarray(((words != 0) @ belongs).sum(1))


def _vectors(prime: int, rank: int) -> Iterator[tuple[int, ...]]:
    """Yield the vectors whose first nonzero entry is 1, most nonzero entries first: they make the longest words."""
    every = itertools.product(range(prime), repeat=rank)
    leading = (vector for vector in every if next((entry for entry in vector if entry), 0) == 1)
    yield from sorted(leading, key=lambda vector: (sum(map(bool, vector)) * -1, vector))


def _best(prime: int, owners: tuple[int, ...], rank: int) -> _Part | None:
    """Return the part with the highest resolution that a search finds."""
    best = None
    # A prime of one or two factors has one resolution to try: 3, which a part with all combinations has.
    for resolution in range(3, max(len(set(owners)), 2) + 2):
        part = _search(prime, owners, rank, resolution)
        if part is None:
            break
        best = part
    return best


@lru_cache(maxsize=1024)
def _search(prime: int, owners: tuple[int, ...], rank: int, resolution: int) -> _Part | None:
    """Search depth first for vectors such that no word is shorter than `resolution`; None if there are none.

    The result is cached: the size of a design is computed before the design is built, by the same search.
    """
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
        for index in range(start, len(candidates)):
            tried += 1
            if tried > MOST_TRIES:
                return None
            word = np.zeros(count, np.int64)
            word[:rank], word[rank + len(chosen)] = candidates[index], prime - 1
            new = np.concatenate([(words + times * word) % prime for times in range(1, prime)])
            if _lengths(new, owners).min() >= resolution:
                # If every factor has one pseudo-factor, they are interchangeable: one order of the vectors is enough.
                # Otherwise all orders are tried.
                next_start = index + 1 if len(set(owners)) == count else 0
                extended = extend([*chosen, candidates[index]], np.concatenate([words, new]), next_start)
                if extended is not None:
                    return extended
        return None

    solution = extend([], np.zeros((1, count), np.int64), 0)
    if solution is None:
        return None
    chosen, words = solution
    vectors = np.concatenate([np.eye(rank, dtype=np.int64), np.array(chosen, np.int64).reshape(-1, rank)])
    return _Part(prime=prime, owners=owners, vectors=vectors, words=words[1:])


def _combine(names: tuple[str, ...], parts: Sequence[_Part]) -> Fraction:
    """Combine the solutions of all primes; the digits of a factor's pseudo-factors make its level number."""
    codes = np.zeros((1, len(names)), np.int64)
    radix = np.ones(len(names), np.int64)
    for part in parts:
        rank = part.vectors.shape[1]
        free = np.array(list(itertools.product(range(part.prime), repeat=rank)), np.int64)
        digits = free @ part.vectors.T % part.prime
        numbers = np.zeros((len(free), len(names)), np.int64)
        for column, owner in enumerate(part.owners):
            numbers[:, owner] += digits[:, column] * radix[owner]
            radix[owner] *= part.prime
        codes = (codes[:, None, :] + numbers[None, :, :]).reshape(-1, len(names))
    lengths = [int(_lengths(part.words, part.owners).min()) for part in parts if len(part.words)]
    return Fraction(names=names, settings=codes, resolution=min(lengths, default=len(names) + 1))
