"""Choose which settings of an arm are tested on fresh seeds, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ablate.core.study import Setting
from ablate.remedy_search.cells import Cell, Claim
from ablate.remedy_search.space import Space


@dataclass(frozen=True, eq=False, kw_only=True)
class Tried:
    """What an arm has tried and claimed so far.

    Attributes:
        cells: the settings tried, in the order in which they were asked for.
        claims: the settings claimed to be sufficient, in the order in which they were asked for.
        space: the space that is searched.
        seeds: seeds that a setting gets at most before it is claimed.
        target: the escape rate that is enough.
        most_claims: how many settings may be claimed.
    """

    cells: Mapping[Setting, Cell]
    claims: Mapping[Setting, Claim]
    space: Space
    seeds: int
    target: float
    most_claims: int

    @property
    def claims_left(self) -> int:
        """Return how many settings may still be claimed."""
        return self.most_claims - len(self.claims)

    @property
    def undecided(self) -> bool:
        """Return whether a claim waits for its trials."""
        return any(claim.confirmed is None for claim in self.claims.values())


def promising(tried: Tried, cell: Cell) -> bool:
    """Return whether a cell has had all seeds of the search and escapes at a rate that a claim could confirm.

    Args:
        tried: gives the number of seeds and the target rate.
        cell: one of its cells.
    """
    evidence = cell.evidence
    if evidence is None or evidence.n < tried.seeds:
        return False
    return evidence.escaped >= (1 - (1 - tried.target) / 4) * evidence.n


def minimal(tried: Tried, setting: Setting) -> bool:
    """Return whether every setting with one change fewer was tried and is not promising.

    Args:
        tried: what the arm has tried.
        setting: the setting whose changes are taken back one by one.
    """
    parts = [tried.cells.get(part) for part in tried.space.reversals(setting)]
    return all(part is not None and part.evidence is not None and not promising(tried, part) for part in parts)


def first(tried: Tried) -> list[Setting]:
    """Return the settings to claim while the search goes on.

    The first promising setting is claimed at once; later ones only if no change can be taken back. A setting that
    contains a confirmed one is never claimed, because it is not the smallest.
    """
    if tried.undecided:
        return []
    candidates = _candidates(tried)
    if not any(claim.confirmed for claim in tried.claims.values()):
        return [cell.setting for cell in candidates[: min(1, tried.claims_left)]]
    return _smallest(tried, [cell for cell in candidates if minimal(tried, cell.setting)])


def last(tried: Tried) -> list[Setting]:
    """Return the settings to claim at the end of the search: the smallest that are left."""
    return [] if tried.undecided else _smallest(tried, _candidates(tried))


def _candidates(tried: Tried) -> list[Cell]:
    """Return the promising cells that were not claimed and contain no claimed setting, best first."""
    taken = [claim.setting for claim in tried.claims.values() if claim.confirmed is not False]
    cells = [
        cell
        for cell in tried.cells.values()
        if promising(tried, cell)
        and cell.setting not in tried.claims
        and not any(tried.space.smaller(setting, cell.setting) for setting in taken)
    ]
    return sorted(cells, key=lambda cell: (-cell.evidence.escaped, cell.evidence.changes, cell.evidence.median_time))  # type: ignore[union-attr]


def _smallest(tried: Tried, cells: Sequence[Cell]) -> list[Setting]:
    """Return as many settings as may still be claimed: those with the fewest changes, none containing another."""
    result: list[Setting] = []
    for cell in sorted(cells, key=lambda cell: cell.evidence.changes):  # type: ignore[union-attr]
        if len(result) < tried.claims_left and not any(tried.space.smaller(part, cell.setting) for part in result):
            result.append(cell.setting)
    return result
