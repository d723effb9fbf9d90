"""What a search has found: the Pareto set, the smallest sufficient sets, what was not explored, the patch to apply.

A plain JSON value, written beside the shards after every batch; the report and the command show it.
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
"""The answer, in the study's folder."""

FORMAT = 1

PARETO = ("rate", "time", "changes")
"""The objectives of the Pareto set, whatever the sampler was told."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A setting and what is known of it.

    Attributes:
        changes: `factor=level` of each change from the baseline.
        n, escaped: trials on the search's seeds, and those that escaped.
        low, high: exact 95 % interval of the rate. Settings shown here were picked by their rates: it is optimistic.
        median_time: steps until half of the trials had escaped; None if fewer did.
        cost: million multiply-adds a step.
    """

    changes: tuple[str, ...]
    n: int
    escaped: int
    low: float
    high: float
    median_time: float | None
    cost: float


@dataclass(frozen=True, kw_only=True)
class Tested:
    """A claim: a setting tested on seeds that the search had never seen.

    Attributes:
        arm: which arm made it.
        changes: `factor=level` of each change from the baseline.
        n, escaped: fresh trials, and those that escaped.
        low: exact one-sided bound, at `confidence`.
        confirmed: whether `low` reaches the target; None while trials are missing.
        minimal: whether each set with one change fewer was tried and is not promising.
        overrides, keras: the patch.
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


def derive(found: Searcher, study: Study) -> dict[str, Json]:
    """The answer so far, as a JSON value.

    Args:
        found: the searcher.
        study: whose factors it searches; its command is the one that goes on with the search.
    """
    first = found.arms[0]
    cells = merged(found.arms)
    claims = [claim for arm in found.arms for claim in _tested(arm, cells)]
    return {
        "format": FORMAT,
        "command": study.command,
        "search": _search(first.search),
        "seeds": len(first.seeds),
        "finished": all(arm.finished for arm in found.arms),
        "arms": [_arm(arm) for arm in found.arms],
        "pareto": [asdict(each) for each in pareto(first.space, cells.values())],
        "claims": [asdict(each) for each in claims],
        "smallest": [asdict(each) for each in smallest(claims)],
        "unexplored": unexplored(first.space, list(cells)),
    }


def write(answer: Json, folder: filesystem.Place) -> filesystem.Place:
    """Writes an answer into the study's folder.

    Raises:
        OSError: it cannot be written.
    """
    place = folder / FILE
    filesystem.write(place, (json.dumps(answer, indent=1, sort_keys=True, allow_nan=False) + "\n").encode())
    return place


def merged(arms: Sequence[Arm]) -> dict[Setting, Cell]:
    """Every settled setting once, with the most seeds an arm gave it."""
    found: dict[Setting, Cell] = {}
    for cell in (cell for arm in arms for cell in arm.cells.values()):
        if cell.evidence is not None and (
            cell.setting not in found or len(cell.trials) > len(found[cell.setting].trials)
        ):
            found[cell.setting] = cell
    return found


def pareto(space: Space, cells: Iterable[Cell]) -> list[Found]:
    """The settings that no other one beats in all of rate (its lower bound), time and changes; fewest changes first."""
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
    return [_found(space, cell.setting, evidence) for cell, evidence in chosen]


def changes(space: Space, setting: Setting) -> tuple[str, ...]:
    """`factor=level` of each change from the baseline."""
    return tuple(f"{name}={setting[name].name}" for name in space.changed(setting))


def _found(space: Space, setting: Setting, evidence: Evidence) -> Found:
    return Found(
        changes=changes(space, setting),
        n=evidence.n,
        escaped=evidence.escaped,
        low=objectives.lower(evidence.escaped, evidence.n, 0.975),
        high=objectives.upper(evidence.escaped, evidence.n, 0.975),
        median_time=_finite(evidence.median_time),
        cost=evidence.cost,
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _tested(arm: Arm, cells: Mapping[Setting, Cell]) -> list[Tested]:
    return [_claim(arm, claim, cells) for claim in arm.claims.values()]


def _claim(arm: Arm, claim: Claim, cells: Mapping[Setting, Cell]) -> Tested:
    evidence, space = claim.evidence, arm.space
    parts = [cells.get(each) for each in space.reversals(claim.setting)]
    n, escaped = (evidence.n, evidence.escaped) if evidence else (0, 0)
    return Tested(
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
    """The patch in the words of the command line: only what changes."""
    found = configure.overrides_for(setting.params())
    result = []
    for name in space.changed(setting):
        own = [each for each in found if each.split("=")[0].split(".")[0] == name]
        result += own or [f"{name}={setting[name].name}"]
    return result


def smallest(claims: Sequence[Tested]) -> list[Tested]:
    """The confirmed sets that contain no other confirmed one, smallest first; each once."""
    held: dict[frozenset[str], Tested] = {}
    for each in claims:
        if each.confirmed:
            held.setdefault(frozenset(each.changes), each)
    found = [each for own, each in held.items() if not any(other < own for other in held)]
    return sorted(found, key=lambda each: (len(each.changes), each.changes))


def unexplored(space: Space, settings: Sequence[Setting]) -> dict[str, Json]:
    """What nobody tried: settings, levels, and pairs of levels that never met."""
    tried = [space.params(setting) for setting in settings]
    names = [axis.name for axis in space.axes]
    codes = {
        axis.name: [space.params(space.baseline.replace(**{axis.name: level}))[axis.name] for level in axis.levels]
        for axis in space.axes
    }
    met = {(one, each[one], other, each[other]) for each in tried for one, other in itertools.combinations(names, 2)}
    pairs = sum(len(codes[one]) * len(codes[other]) for one, other in itertools.combinations(names, 2))
    seen = {(name, each[name]) for each in tried for name in names}
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
    found = asdict(search)
    del found["storage"]  # it may hold a password
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def _arm(arm: Arm) -> dict[str, Json]:
    confirmed = [claim.spent for claim in arm.claims.values() if claim.confirmed]
    return {
        "name": arm.name,
        "sampler": arm.sampling.kind,
        "trials": arm.spent,
        "settings": len(arm.cells),
        "confirmed_at": min(confirmed, default=None),
        "confirmed": len(confirmed),
        "history": [list(each) for each in arm.history],
    }
