"""Find which effects a list of settings can separate, whatever design the settings came from.

Each term has columns: deviations from the mean for a factor, products of these for an interaction. Terms whose columns
are linearly dependent over the settings cannot be separated. For a regular fraction, these are the textbook aliases.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ablate.core.study import Setting

MEAN = "mean"
ZERO = 1e-8
"""Singular values and projections below this count as zero."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Aliases:
    """The terms, up to an order of interaction, that settings can and cannot separate.

    Attributes:
        terms: every term that was considered, main effects first; without `mean`.
        confounded: per term that cannot be estimated, the terms that it is confounded with; `mean` may be among them.
    """

    terms: tuple[str, ...]
    confounded: Mapping[str, tuple[str, ...]]

    @property
    def separate(self) -> tuple[str, ...]:
        """Return the terms that can be estimated."""
        return tuple(term for term in self.terms if term not in self.confounded)

    def lines(self) -> tuple[str, ...]:
        """Return the aliases as lines to print.

        `a = b:c`: the terms are the same on these settings. `a ~ b:d, c:d`: `a` has several columns; some depend on
        `b:d`, others on `c:d`.
        """
        groups = {term: tuple(sorted((term, *others), key=self._rank)) for term, others in self.confounded.items()}
        result: dict[str, None] = {}
        for term, group in groups.items():
            if all(groups.get(other, group) == group for other in group):
                result.setdefault(" = ".join(group))
            else:
                result.setdefault(f"{term} ~ {', '.join(self.confounded[term])}")
        return tuple(result)

    def _rank(self, term: str) -> int:
        return -1 if term == MEAN else self.terms.index(term)


def contrasts(levels: int) -> np.ndarray:
    """Return [levels, levels - 1] orthonormal deviations from the mean (Helmert's), so that no level is special.

    Examples:
        >>> contrasts(2).round(3).tolist()
        [[0.707], [-0.707]]
    """
    rows = np.tri(levels - 1, levels, 0) - np.diag(np.arange(1, levels), 1)[: levels - 1]
    rows = rows * np.tri(levels - 1, levels, 1)
    return np.asarray((rows / np.linalg.norm(rows, axis=1, keepdims=True)).T)


def columns(codes: np.ndarray, levels: Sequence[int], factors: Sequence[int]) -> np.ndarray:
    """Return the columns of the interaction of these factors, or of one factor's main effect: [settings, columns].

    Args:
        codes: [settings, factors] level numbers 0, 1, ...
        levels: how many levels each factor has.
        factors: the factors' column numbers in `codes`.
    """
    result = np.ones((len(codes), 1))
    for factor in factors:
        deviations = contrasts(levels[factor])[codes[:, factor]]
        result = (result[:, :, None] * deviations[:, None, :]).reshape(len(codes), -1)
    return result


def of_codes(codes: np.ndarray, names: Sequence[str], *, order: int = 2) -> Aliases:
    """Return the aliases of a list of settings that is given as level numbers.

    Args:
        codes: [settings, factors] level numbers 0, 1, ...; a factor has as many levels as occur.
        names: the factors' names.
        order: the largest interactions to consider; higher ones are taken to be zero.

    Examples:
        >>> half = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]])
        >>> of_codes(half, "abc").lines()
        ('a = b:c', 'b = a:c', 'c = a:b')
    """
    codes = np.asarray(codes)
    packed = np.stack([np.unique(column, return_inverse=True)[1] for column in codes.T], axis=1)
    packed = np.unique(packed, axis=0)
    levels = [int(column.max()) + 1 for column in packed.T]
    axes = [axis for axis, count in enumerate(levels) if count > 1]
    terms = [axes_of_term for size in range(order + 1) for axes_of_term in itertools.combinations(axes, size)]
    labels = [":".join(names[axis] for axis in term) or MEAN for term in terms]
    linked = _linked([columns(packed, levels, term) for term in terms])
    confounded = {
        label: tuple(labels[other] for other in np.flatnonzero(linked[row]) if other != row)
        for row, label in enumerate(labels)
        if label != MEAN and linked[row].any()
    }
    return Aliases(terms=tuple(label for label in labels if label != MEAN), confounded=confounded)


def of_settings(settings: Sequence[Setting], *, order: int = 2) -> Aliases:
    """Return the aliases of a study's settings, among the factors that differ between them.

    Args:
        settings: settings over the same factors.
        order: the largest interactions to consider; higher ones are taken to be zero.
    """
    texts: dict[str, list[str]] = {name: [] for name, _ in settings[0]} if settings else {}
    for setting in settings:
        for name, level in setting:
            texts[name].append(level.text)
    varying = {name: column for name, column in texts.items() if len(set(column)) > 1}
    codes = [np.unique(column, return_inverse=True)[1] for column in varying.values()]
    if not codes:
        return Aliases(terms=(), confounded={})
    return of_codes(np.stack(codes, axis=1), tuple(varying), order=order)


def _linked(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Tell for each pair of terms whether some combination of both's columns is zero everywhere: [terms, terms].

    The projector on these combinations does not depend on the basis of the null space.
    """
    whole = np.concatenate(parts, axis=1)
    _, sizes, right = np.linalg.svd(whole, full_matrices=True)
    rank = int((sizes > ZERO * max(float(sizes.max()), 1.0)).sum())
    projector = np.abs(right[rank:].T @ right[rank:]) > ZERO
    edges = np.cumsum([0, *(part.shape[1] for part in parts)])
    rows = np.add.reduceat(projector, edges[:-1], axis=0)
    return np.asarray(np.add.reduceat(rows, edges[:-1], axis=1) > 0)
