"""Which of an arm's settings are tested on fresh seeds, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ablate.core.study import Setting
from ablate.remedy_search.cells import Cell

if TYPE_CHECKING:
    from ablate.remedy_search.arms import Arm


def promising(arm: Arm, cell: Cell) -> bool:
    """Whether a settled cell had all seeds of the search and a rate that a claim could hold."""
    evidence = cell.evidence
    if evidence is None or evidence.n < arm.blocks[-1]:
        return False
    return evidence.escaped >= (1 - (1 - arm.search.target) / 4) * evidence.n


def minimal(arm: Arm, setting: Setting) -> bool:
    """Whether every setting with one change fewer was tried and is not promising."""
    parts = [arm.cells.get(each) for each in arm.space.reversals(setting)]
    return all(part is not None and part.evidence is not None and not promising(arm, part) for part in parts)


def first(arm: Arm) -> list[Setting]:
    """The settings to claim while the search goes on.

    The first promising one at once; after that those from which nothing can be taken back. A setting that contains a
    confirmed one is never claimed: it is not the smallest.
    """
    if any(claim.confirmed is None for claim in arm.claims.values()):
        return []
    found = _candidates(arm)
    if not any(claim.confirmed for claim in arm.claims.values()):
        return [cell.setting for cell in found[: min(1, _left(arm))]]
    return _smallest(arm, [cell for cell in found if minimal(arm, cell.setting)])


def last(arm: Arm) -> list[Setting]:
    """The settings to claim in the end: the smallest that are left."""
    waiting = any(claim.confirmed is None for claim in arm.claims.values())
    return [] if waiting else _smallest(arm, _candidates(arm))


def _left(arm: Arm) -> int:
    return arm.search.claims - len(arm.claims)


def _candidates(arm: Arm) -> list[Cell]:
    """Promising settings that nobody has claimed and that contain no claimed one, the best first."""
    taken = [claim.setting for claim in arm.claims.values() if claim.confirmed is not False]
    found = [
        cell
        for cell in arm.cells.values()
        if promising(arm, cell)
        and cell.setting not in arm.claims
        and not any(arm.space.smaller(each, cell.setting) for each in taken)
    ]
    return sorted(found, key=lambda cell: (-cell.evidence.escaped, cell.evidence.changes, cell.evidence.median_time))  # type: ignore[union-attr]


def _smallest(arm: Arm, cells: list[Cell]) -> list[Setting]:
    """As many as may still be claimed, those with the fewest changes, none of which contains another."""
    result: list[Setting] = []
    for cell in sorted(cells, key=lambda cell: cell.evidence.changes):  # type: ignore[union-attr]
        if len(result) < _left(arm) and not any(arm.space.smaller(each, cell.setting) for each in result):
            result.append(cell.setting)
    return result
