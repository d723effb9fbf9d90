"""Derive a search's answer: the Pareto set, the smallest sufficient sets, what was not explored, the patch to apply.

The answer is a plain JSON value, written beside the shards after every batch. The report and the command show it.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from ablate import configure
from ablate.core import filesystem
from ablate.core.study import Json, Setting, Study
from ablate.remedies import _keras_lines
from ablate.remedy_search import claim_choice, objectives
from ablate.remedy_search.arms import Arm
from ablate.remedy_search.cells import Cell, Claim
from ablate.remedy_search.objectives import Evidence
from ablate.remedy_search.options import Search
from ablate.remedy_search.searchers import Searcher
from ablate.remedy_search.space import Space

FILE = "search.json"
"""The answer's file in the study's folder."""

FORMAT = 1

PARETO = ("rate", "time", "changes")
"""The objectives of the Pareto set, whichever objectives the sampler has."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """A setting of the Pareto set, and how its trials ended.

    Attributes:
        changes: `factor=level` of each change from the baseline.
        n, escaped: trials on the search's seeds, and those that escaped.
        low, high: exact 95 % interval of the rate; it is optimistic, because rates decide which settings are shown.
        median_time: steps until half of the trials had escaped; None if fewer did.
        cost: millions of multiply-adds per step.
    """

    changes: tuple[str, ...]
    n: int
    escaped: int
    low: float
    high: float
    median_time: float | None
    cost: float


@dataclass(frozen=True, kw_only=True)
class JudgedClaim:
    """A claim: a setting tested on seeds that the search had not used.

    Attributes:
        arm: the name of the arm that made it.
        changes: `factor=level` of each change from the baseline.
        n, escaped: fresh trials, and those that escaped.
        low: exact one-sided lower bound of the rate, at `confidence`.
        confirmed: whether `low` reaches the target; None while trials are missing.
        minimal: whether each set with one change fewer was tried and is not promising.
        overrides, keras: the patch that applies the setting, on the command line and in Keras.
    """

    arm: str
    changes: tuple[str, ...]
    n: int
    escaped: int
    low: float
    confidence: float
    confirmed: bool | None
    minimal: bool
    overrides: tuple[str, ...]
    keras: tuple[str, ...]


def derive(searcher: Searcher, study: Study) -> dict[str, Json]:
    """Return the answer so far, as a JSON value.

    Args:
        searcher: the search and its random baseline.
        study: the study that is searched; its command continues the search.
    """
    first = searcher.arms[0]
    cells = merged(searcher.arms)
    claims = [_tested(arm, claim, cells) for arm in searcher.arms for claim in arm.claims.values()]
    return {
        "format": FORMAT,
        "command": study.command,
        "search": _search(first.search),
        "seeds": len(first.seeds),
        "finished": all(arm.finished for arm in searcher.arms),
        "arms": [_arm(arm) for arm in searcher.arms],
        "pareto": [asdict(point) for point in pareto(first.space, cells.values())],
        "claims": [asdict(claim) for claim in claims],
        "smallest": [asdict(claim) for claim in smallest(claims)],
        "unexplored": unexplored(first.space, list(cells)),
    }


def write(answer: Json, folder: filesystem.Place) -> filesystem.Place:
    """Write an answer into the study's folder and return the file.

    Args:
        answer: the answer (`derive`).
        folder: the study's folder.

    Raises:
        OSError: the file cannot be written.
    """
    path = folder / FILE
    filesystem.write(path, (json.dumps(answer, indent=1, sort_keys=True, allow_nan=False) + "\n").encode())
    return path


def merged(arms: Sequence[Arm]) -> dict[Setting, Cell]:
    """Return every setting whose trials have ended, once, with the most seeds that an arm gave it."""
    cells: dict[Setting, Cell] = {}
    for cell in (cell for arm in arms for cell in arm.cells.values()):
        known = cells.get(cell.setting)
        if cell.evidence is not None and (known is None or len(cell.trials) > len(known.trials)):
            cells[cell.setting] = cell
    return cells


def pareto(space: Space, cells: Iterable[Cell]) -> list[Point]:
    """Return the settings that no other setting beats in rate (its lower bound), time and changes together.

    Args:
        space: the space that is searched.
        cells: settings with their evidence.

    Returns:
        The settings, fewest changes first.
    """
    points: dict[tuple[float, ...], tuple[Cell, Evidence]] = {}
    for cell in cells:
        if cell.evidence is not None:
            points.setdefault(tuple(objectives.values(cell.evidence, PARETO)), (cell, cell.evidence))
    front: list[tuple[float, ...]] = []
    # In this order no point can be beaten by a later one.
    for point in sorted(points, key=lambda point: (-point[0], point[1], point[2])):
        if not any(objectives.better(other, point, PARETO) for other in front):
            front.append(point)
    chosen = sorted((points[point] for point in front), key=lambda pair: (pair[1].changes, -pair[1].escaped))
    return [_point(space, cell.setting, evidence) for cell, evidence in chosen]


def changes(space: Space, setting: Setting) -> tuple[str, ...]:
    """Return `factor=level` of each change from the baseline.

    Args:
        space: the space that is searched.
        setting: one of its settings.
    """
    return tuple(f"{name}={setting[name].name}" for name in space.changed(setting))


def _point(space: Space, setting: Setting, evidence: Evidence) -> Point:
    return Point(
        changes=changes(space, setting),
        n=evidence.n,
        escaped=evidence.escaped,
        low=objectives.lower(evidence.escaped, evidence.n, 0.975),
        high=objectives.upper(evidence.escaped, evidence.n, 0.975),
        median_time=evidence.median_time if math.isfinite(evidence.median_time) else None,
        cost=evidence.cost,
    )


def _tested(arm: Arm, claim: Claim, cells: Mapping[Setting, Cell]) -> JudgedClaim:
    evidence, space = claim.evidence, arm.space
    parts = [cells.get(part) for part in space.reversals(claim.setting)]
    n, escaped = (evidence.n, evidence.escaped) if evidence else (0, 0)
    return JudgedClaim(
        arm=arm.name,
        changes=changes(space, claim.setting),
        n=n,
        escaped=escaped,
        low=objectives.lower(escaped, n, arm.search.confidence),
        confidence=arm.search.confidence,
        confirmed=claim.confirmed,
        minimal=all(part is not None and not claim_choice.promising(arm.tried, part) for part in parts),
        overrides=tuple(overrides(claim.setting, space)),
        keras=tuple(_keras_lines.keras_lines(claim.setting, space.baseline)),
    )


def overrides(setting: Setting, space: Space) -> list[str]:
    """Return the overrides that change the baseline into a setting.

    Args:
        setting: the setting.
        space: its space, which has the baseline.
    """
    every = configure.overrides_for(setting.params())
    result = []
    for name in space.changed(setting):
        of_factor = [override for override in every if override.partition("=")[0].partition(".")[0] == name]
        result += of_factor or [f"{name}={setting[name].name}"]
    return result


def smallest(claims: Sequence[JudgedClaim]) -> list[JudgedClaim]:
    """Return the confirmed sets that contain no other confirmed set, smallest first; each once."""
    confirmed: dict[frozenset[str], JudgedClaim] = {}
    for claim in claims:
        if claim.confirmed:
            confirmed.setdefault(frozenset(claim.changes), claim)
    minimal = [claim for changed, claim in confirmed.items() if not any(other < changed for other in confirmed)]
    return sorted(minimal, key=lambda claim: (len(claim.changes), claim.changes))


def unexplored(space: Space, settings: Sequence[Setting]) -> dict[str, Json]:
    """Return how many settings and pairs of levels were tried, and which levels were not.

    Args:
        space: the space that is searched.
        settings: the settings that were tried.
    """
    tried = [space.params(setting) for setting in settings]
    names = [axis.name for axis in space.axes]
    codes = {
        axis.name: [space.params(space.baseline.replace(**{axis.name: level}))[axis.name] for level in axis.levels]
        for axis in space.axes
    }
    met = {(one, row[one], other, row[other]) for row in tried for one, other in itertools.combinations(names, 2)}
    pairs = sum(len(codes[one]) * len(codes[other]) for one, other in itertools.combinations(names, 2))
    seen = {(name, row[name]) for row in tried for name in names}
    return {
        "settings": space.size,
        "tried": len(tried),
        "pairs": pairs,
        "pairs_tried": len(met),
        "levels": [
            f"{axis.name}={level.name}"
            for axis in space.axes
            for level, code in zip(axis.levels, codes[axis.name], strict=True)
            if (axis.name, code) not in seen
        ],
        "held": [f"{name}={space.baseline[name].name}" for name in space.held],
    }


def _search(search: Search) -> dict[str, Json]:
    fields = asdict(search)
    del fields["storage"]  # it may hold a password
    return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}


def _arm(arm: Arm) -> dict[str, Json]:
    confirmed = [claim.spent for claim in arm.claims.values() if claim.confirmed]
    return {
        "name": arm.name,
        "sampler": arm.sampling.kind,
        "trials": arm.spent,
        "settings": len(arm.cells),
        # `claim.spent` counts open batches at their highest price. They may have cost less, so the total is a limit.
        "confirmed_at": min(min(confirmed), arm.spent) if confirmed else None,
        "confirmed": len(confirmed),
        "history": [list(row) for row in arm.history],
    }
