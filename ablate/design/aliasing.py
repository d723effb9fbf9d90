"""Which effects a set of settings can tell apart, whatever design they came from.

The columns of each term (deviations from the mean for a factor, their products for an interaction) are put together;
what the columns have in common is what the settings cannot separate. In a regular fraction these are its textbook
aliases; in any other list of settings, the honest answer to the same question.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ablate.core.study import Setting

MEAN = "mean"
ZERO = 1e-8


@dataclass(frozen=True, eq=False, kw_only=True)
class Aliases:
    """What settings can and cannot separate, among terms up to an order.

    Attributes:
        terms: every term looked at, main effects first (`mean` is not one of them).
        confounded: per term that cannot be estimated, the terms it cannot be told from; `mean` may be among them.
    """

    terms: tuple[str, ...]
    confounded: Mapping[str, tuple[str, ...]]

    @property
    def separate(self) -> tuple[str, ...]:
        """The terms that can be estimated."""
        return tuple(term for term in self.terms if term not in self.confounded)

    def lines(self) -> tuple[str, ...]:
        """The aliases as they are printed.

        `a = b:c` where all of a group stand for one another; `a ~ b:d, c:d` where a term of several columns shares
        some with one term and some with another.
        """
        groups = {term: tuple(sorted((term, *others), key=self._place)) for term, others in self.confounded.items()}
        result: dict[str, None] = {}
        for term, group in groups.items():
            if all(groups.get(other, group) == group for other in group):
                result.setdefault(" = ".join(group))
            else:
                result.setdefault(f"{term} ~ {', '.join(self.confounded[term])}")
        return tuple(result)

    def _place(self, term: str) -> int:
        return -1 if term == MEAN else self.terms.index(term)


def contrasts(levels: int) -> np.ndarray:
    """[levels, levels - 1] orthonormal deviations from the mean (Helmert's), so that no level is special.

    Examples:
        >>> contrasts(2).round(3).tolist()
        [[0.707], [-0.707]]
    """
    rows = np.tri(levels - 1, levels, 0) - np.diag(np.arange(1, levels), 1)[: levels - 1]
    rows = rows * np.tri(levels - 1, levels, 1)
    return np.asarray((rows / np.linalg.norm(rows, axis=1, keepdims=True)).T)


def columns(codes: np.ndarray, levels: Sequence[int], factors: Sequence[int]) -> np.ndarray:
    """[settings, columns] of the interaction of these factors (one factor: its main effect)."""
    result = np.ones((len(codes), 1))
    for factor in factors:
        own = contrasts(levels[factor])[codes[:, factor]]
        result = (result[:, :, None] * own[:, None, :]).reshape(len(codes), -1)
    return result


def find(codes: np.ndarray, names: Sequence[str], *, order: int = 2) -> Aliases:
    """The aliases of a list of settings.

    Args:
        codes: [settings, factors] level numbers 0, 1, ...; a factor has as many levels as occur.
        names: the factors' names.
        order: the largest interactions considered; higher ones are taken to be nothing.

    Examples:
        >>> half = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]])
        >>> find(half, "abc").lines()
        ('a = b:c', 'b = a:c', 'c = a:b')
    """
    codes = np.asarray(codes)
    packed = np.stack([np.unique(column, return_inverse=True)[1] for column in codes.T], axis=1)
    packed = np.unique(packed, axis=0)
    levels = [int(column.max()) + 1 for column in packed.T]
    sets: list[tuple[int, ...]] = [()]
    for size in range(1, order + 1):
        sets += itertools.combinations([axis for axis, count in enumerate(levels) if count > 1], size)
    labels = [":".join(names[axis] for axis in each) or MEAN for each in sets]
    parts = [columns(packed, levels, each) for each in sets]
    linked = _linked(parts)
    confounded = {
        label: tuple(labels[other] for other in np.flatnonzero(linked[place]) if other != place)
        for place, label in enumerate(labels)
        if label != MEAN and linked[place].any()
    }
    return Aliases(terms=tuple(label for label in labels if label != MEAN), confounded=confounded)


def of_settings(settings: Sequence[Setting], *, order: int = 2) -> Aliases:
    """The aliases of a study's settings, among the factors that change between them."""
    texts: dict[str, list[str]] = {name: [] for name, _ in settings[0]} if settings else {}
    for setting in settings:
        for name, level in setting:
            texts[name].append(level.text)
    varying = {name: column for name, column in texts.items() if len(set(column)) > 1}
    codes = [np.unique(column, return_inverse=True)[1] for column in varying.values()]
    if not codes:
        return Aliases(terms=(), confounded={})
    return find(np.stack(codes, axis=1), tuple(varying), order=order)


def _linked(parts: Sequence[np.ndarray]) -> np.ndarray:
    """[terms, terms] whether two terms meet in some combination of columns that is zero at every setting.

    The projector on those combinations does not depend on the basis in which they are found.
    """
    whole = np.concatenate(parts, axis=1)
    _, sizes, right = np.linalg.svd(whole, full_matrices=True)
    rank = int((sizes > ZERO * max(float(sizes.max()), 1.0)).sum())
    projector = np.abs(right[rank:].T @ right[rank:]) > ZERO
    edges = np.cumsum([0, *(part.shape[1] for part in parts)])
    rows = np.add.reduceat(projector, edges[:-1], axis=0)
    return np.asarray(np.add.reduceat(rows, edges[:-1], axis=1) > 0)
