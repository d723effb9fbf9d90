"""Go through the stages of trying a program: as it is, one change, several changes, fewer of them, fresh seeds."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from ablate.try_remedies.patch import Change, Changes, together
from ablate.try_remedies.record import FIRST, MORE, Record
from ablate.try_remedies.weighing import Sign, signs, weighed

RIVALS = 2
"""So many changes that work well are enough to choose from."""

LIKELY = 0.6
"""Changes of at least this weight are also tried together."""

KIT = (
    "labels",
    "head",
    "missing",
    "embedding",
    "inputs",
    "initializer",
    "trainable",
    "schedule",
    "weight_decay",
    "regularizer",
    "dropout",
    "precision",
)
"""Parts of which the likeliest change goes into the largest set, beside optimizer, activation and normalization."""

Tell = Callable[[str], None]


def judge(record: Record) -> None:
    """Train the program as it is on the first seeds, and on more if these end differently.

    Args:
        record: what is known; changed in place.
    """
    record.lab.train([(record.base, seed) for seed in FIRST])
    seen = record.tally(record.base, FIRST)
    if 0 < seen.learned < seen.trials:
        record.lab.train([(record.base, seed) for seed in MORE])
    endings = record.lab.endings(record.base, (*FIRST, *MORE))
    record.signs = signs(endings, record.situation.classes)
    more = record.tally(record.base, FIRST).more
    if more:
        record.signs.insert(0, Sign(cause="few_steps", weight=0.9, evidence=f"it would need some {more:,} steps more"))
    record.offers = [
        change for change in weighed(record.offers, record.findings, record.signs) if change not in record.base
    ]


def choose(record: Record, tell: Tell) -> None:
    """Try one change at a time, then several; `record.chosen` is the smallest set that works best.

    Args:
        record: what is known; changed in place.
        tell: told what is done next, in one sentence.
    """
    first, *others = _failing(record)
    singles = [(*record.base, change) for change in record.offers]
    likely = _likely(record)
    tell(f"Trying {len(singles)} changes, one at a time, the likeliest first.")
    _screen(record, _with(singles, likely), first, likely)
    _deepen(record, others)
    if not _well(record) and not record.lab.over and record.learnable is not False:
        sets = _sets(record)
        tell(f"Trying {len(sets)} sets of several changes.")
        _screen(record, sets, first)
        _deepen(record, others)
    best = record.best()
    if best and len(best[0]) - len(record.base) > 1 and not record.lab.over:
        tell("Leaving out what is not needed.")
        _shrink(record, best[0], first, others)
    record.chosen = next(iter(record.best()), ())


def confirm(record: Record, tell: Tell) -> None:
    """Train the chosen changes on seeds that did not choose them; take the next best if these do not confirm it.

    Args:
        record: what is known; changed in place.
        tell: told what is done next, in one sentence.
    """
    for changes in record.best()[:3]:
        record.chosen = changes
        if record.lab.over:
            return
        tell(f"Confirming on {len(record.fresh)} fresh seeds: {names(changes)}.")
        record.lab.train([(changes, seed) for seed in record.fresh])
        seen = record.tally(changes, record.fresh)
        if seen.trials and seen.learned >= seen.trials - 1:
            return
    record.chosen = max(record.best()[:3], key=lambda changes: record.tally(changes, record.fresh).learned, default=())


def names(changes: Changes) -> str:
    """Return the names of changes in one line."""
    return " and ".join(change.name for change in changes) or "as it is"


def _failing(record: Record) -> list[int]:
    """Return the first seeds, those on which the program as it is does not learn before the others."""

    def learned(seed: int) -> bool:
        return record.tally(record.base, (seed,)).learned > 0

    ran = [seed for seed in (*FIRST, *MORE) if record.lab.endings(record.base, (seed,))]
    ordered = sorted(ran or FIRST, key=learned)
    return ordered[: len(FIRST)] if len(ordered) >= len(FIRST) else list(FIRST)


def _likely(record: Record) -> Changes:
    """Return all likely changes together: a program may have two faults. None if there are less than two."""
    likely = together([change for change in record.offers if change.weight >= LIKELY])
    return (*record.base, *likely) if len(likely) > 1 else ()


def _with(singles: Sequence[Changes], likely: Changes) -> list[Changes]:
    """Return single changes, with the likely ones together behind the last of them."""
    places = [place for place, changes in enumerate(singles) if changes[-1] in likely]
    end = places[-1] + 1 if likely and places else 0
    return [*singles[:end], *([likely] if end else []), *singles[end:]]


def _screen(record: Record, sets: Sequence[Changes], seed: int, likely: Changes = ()) -> None:
    """Train sets on one seed until enough of them work well; likely changes together need no rival."""
    record.tried += [changes for changes in sets if changes not in record.tried]

    def enough() -> bool:
        # Only sets that are tried before all others count: one that ends early must not push out a likelier one.
        ended = list(itertools.takewhile(lambda changes: record.tally(changes, (seed,)).trials, sets))
        well = [changes for changes in ended if _gains(record, changes, (seed,)) >= record.enough]
        sure = [changes for changes in ended if record.sure(changes) and record.tally(changes, (seed,)).works]
        return len(well) >= RIVALS or bool(sure) or likely in well

    record.lab.train([(changes, seed) for changes in sets], enough)


def _gains(record: Record, changes: Changes, seeds: Sequence[int]) -> float:
    seen = record.tally(changes, seeds)
    return record.bar.gain(seen.accuracy) if seen.works else -1.0


def _deepen(record: Record, seeds: Sequence[int]) -> None:
    """Train the sets that worked on one seed on the others, the best first, until one works well on all."""
    wanted = sorted(
        record.best(),
        key=lambda changes: (-float(_gains(record, changes, (*FIRST, *MORE)) >= record.enough), -changes[-1].weight),
    )
    for few in _pairs(wanted[:6]):
        record.lab.train([(changes, seed) for changes in few for seed in seeds])
        if _well(record) or record.lab.over:
            return


def _pairs(sets: Sequence[Changes]) -> list[Sequence[Changes]]:
    return [sets[place : place + RIVALS] for place in range(0, len(sets), RIVALS)]


def _well(record: Record) -> bool:
    """Return whether a set works well on every first seed."""
    return any(
        record.tally(changes).trials >= len(FIRST)
        and (record.gain(changes) >= record.enough or (record.sure(changes) and record.tally(changes).works))
        for changes in record.tried
    )


def _sets(record: Record) -> list[Changes]:
    """Return sets of several changes, the likeliest first."""
    gained = sorted(record.offers, key=lambda change: -record.bar.gain(record.tally((*record.base, change)).accuracy))
    by_part: dict[str, list[Change]] = {}
    for change in record.offers:
        by_part.setdefault(change.part, []).append(change)
    kit = [by_part[part][0] for part in KIT if part in by_part and (by_part[part][0].weight > 0.12)]
    adams = [change for change in record.offers if change.name.startswith("optimizer=Adam")]
    forms = [change for change in record.offers if change.part == "activation"][:2]
    norms = [change for change in record.offers if change.part in ("normalization", "momentum")][:1]
    likely = [change for change in record.offers if change.weight >= LIKELY]
    wanted: list[list[Change]] = [likely, [*likely, *adams[:1]]]
    for adam in [*adams, None]:
        own = [adam] if adam else []
        wanted += [[*own, *kit], [*own, *kit, *forms[:1]], [*own, *forms[:1]], [*own, *kit, *forms[:1], *norms]]
    wanted += [[one, two] for one, two in itertools.combinations(gained[:5], 2)]
    wanted += [
        [one, two]
        for one, two in itertools.product(by_part.get("inputs", [])[:1], [*adams, *by_part.get("learning_rate", [])])
    ]
    sets = {names(changes): changes for one in wanted if len(changes := (*record.base, *together(one))) > 1}
    known = {names(changes) for changes in record.tried}
    return [changes for name, changes in sets.items() if name not in known]


def _shrink(record: Record, whole: Changes, seed: int, others: Sequence[int]) -> None:
    """Leave out one change after another while the rest works as well."""
    current = whole
    while len(current) - len(record.base) > 1 and not record.lab.over:
        parts = [tuple(one for one in current if one is not change) for change in current if change not in record.base]
        record.tried += [part for part in parts if part not in record.tried]
        record.lab.train([(part, seed) for part in parts])
        good = [part for part in parts if _gains(record, part, (seed,)) >= min(record.enough, 0.9 * record.gain(whole))]
        good.sort(key=lambda part: -_gains(record, part, (seed,)))
        current = next((part for part in good if _holds(record, part, others)), ())
        if not current:
            return


def _holds(record: Record, part: Changes, seeds: Sequence[int]) -> bool:
    record.lab.train([(part, seed) for seed in seeds])
    return record.gain(part) >= 0.3
