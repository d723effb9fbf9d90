"""One searcher's bookkeeping: batches of settings, blocks of seeds, claims. All of it follows from outcomes alone.

A batch is opened when the last but one is closed, and its sampler has heard of no batch after that: what is asked for
does not depend on which results come first, so a search that is started again asks for the same trials.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ablate.core.study import Setting, Trial
from ablate.outcomes.states import Outcome
from ablate.remedy_search import claim_choice, objectives
from ablate.remedy_search.cells import Batch, Cell, Claim
from ablate.remedy_search.objectives import Evidence
from ablate.remedy_search.options import Search
from ablate.remedy_search.samplers import Sampling
from ablate.remedy_search.space import Space

OPEN = 2
"""Batches under way at once: one gets further seeds while the next one's first are trained."""

TRIES = 20
"""Suggestions per wanted setting, of a sampler that repeats itself, before chance has its say."""

TrialOf = Callable[[Setting, int], Trial]


@dataclass(kw_only=True, eq=False)
class Arm:
    """A sampler with its own budget; the search is one, its random baseline another.

    Attributes:
        seeds: of the search, in the order in which blocks take them.
        fresh: seeds of claims, disjoint from `seeds`.
        cells, claims: by setting, in the order in which they were asked for.
        spent: trials asked for.
        settled: those of them whose batches are closed.
        history: after each batch: trials settled, settings tried, best lower bound so far.
    """

    name: str
    sampling: Sampling
    space: Space
    search: Search
    seeds: Sequence[int]
    fresh: Sequence[int]
    trial_of: TrialOf
    cost_of: Callable[[Setting], float]
    limit: int
    cells: dict[Setting, Cell] = field(default_factory=dict)
    claims: dict[Setting, Claim] = field(default_factory=dict)
    spent: int = 0
    settled: int = 0
    history: list[tuple[int, int, float]] = field(default_factory=list)
    on_close: Callable[[Arm, Batch], None] = lambda *_: None
    _open: deque[Batch] = field(default_factory=deque)
    _reversals: dict[Setting, None] = field(default_factory=dict)
    _committed: int = 0
    _dry: bool = False
    _due: int = OPEN

    def advance(self, seen: Mapping[str, Outcome]) -> list[Trial]:
        """Everything that can be done with what is seen; the trials wanted next."""
        wanted: dict[str, Trial] = {}
        moved = True
        while moved:
            moved = False
            while self._due:
                self._due -= 1
                if (opened := self._begin()) is not None:
                    self._open.append(opened)
                    wanted.update(opened.pending)
            for batch in self._open:
                wanted.update((trial.id, trial) for trial in self._again(batch, seen))
                if not batch.pending and not batch.done:
                    self._next_block(batch, seen)
                    wanted.update(batch.pending)
                    moved = True
            if self._open and self._open[0].done:
                self._close(self._open.popleft(), seen)
                if (tested := self._claiming()) is not None:
                    self._open.append(tested)
                    wanted.update(tested.pending)
                moved = True
        waiting = {name for batch in self._open for name in batch.pending}
        return [trial for name, trial in wanted.items() if name in waiting]

    @property
    def paid(self) -> int:
        """Trials settled, and the most that the batches under way can cost: the same whichever trial ends first."""
        under_way = (self.price(len(batch.cells)) + self.search.confirm * len(batch.claims) for batch in self._open)
        return self.settled + sum(under_way)

    @property
    def blocks(self) -> tuple[int, ...]:
        """Seeds after each block, as far as the study's seeds go."""
        return tuple(dict.fromkeys(min(end, len(self.seeds)) for end in self.search.blocks))

    @property
    def tried(self) -> claim_choice.Tried:
        """What the choice of claims depends on."""
        return claim_choice.Tried(
            cells=self.cells,
            claims=self.claims,
            space=self.space,
            seeds=self.blocks[-1],
            target=self.search.target,
            most_claims=self.search.claims,
        )

    def _again(self, batch: Batch, seen: Mapping[str, Outcome]) -> list[Trial]:
        """Strikes off what has ended; failed trials are wanted again, a bounded number of times."""
        again = []
        for name in [name for name in batch.pending if name in seen]:
            if seen[name].state == "failed" and seen[name].attempt <= self.search.retries:
                again.append(batch.pending[name])
            else:
                del batch.pending[name]
        return again

    def _ask(self, batch: Batch, trials: list[Trial], setting: Setting, seeds: Sequence[int]) -> None:
        new = [self.trial_of(setting, seed) for seed in seeds]
        trials += new
        self.spent += len(new)
        batch.pending.update((trial.id, trial) for trial in new)

    def _begin(self) -> Batch | None:
        """The next batch: settings with one change taken back, then the sampler's; in the end, the last claims."""
        room = self.search.trials - self._committed
        reserve = min(self.search.confirm * max(0, self.search.claims - len(self.claims)), self.search.trials // 4)
        most = self._most()
        cells: list[Cell] = [] if self.cells else [self._cell(self.space.baseline, "baseline")]
        half = min(most, self.search.batch // 2)
        while self._reversals and len(cells) < half and self.price(len(cells) + 1) <= room - reserve:
            setting = next(iter(self._reversals))
            del self._reversals[setting]
            if setting not in self.cells:
                cells.append(self._cell(setting, "reversal"))
        while not self._dry and len(cells) < most and self.price(len(cells) + 1) <= room - reserve:
            more = min(most - len(cells), -(-self.search.batch // self.search.shapes))
            while self.price(len(cells) + more) > room - reserve:
                more -= 1
            cells += self._suggested(more)
        chosen = [] if cells else claim_choice.last(self.tried)
        affordable = max(0, (room - self.price(len(cells))) // self.search.confirm)
        claims = [Claim(setting=setting) for setting in chosen[:affordable]]
        if not cells and not claims:
            return None
        return self._opened(cells, claims)

    def _most(self) -> int:
        """Settings of the next batch, at most."""
        left = self.search.settings - len(self.cells) if self.search.settings else self.search.batch
        return min(self.search.batch, left)

    def _claiming(self) -> Batch | None:
        """The claims that what has just closed calls for, beside the batches under way."""
        room = max(0, (self.search.trials - self._committed) // self.search.confirm)
        claims = [Claim(setting=setting) for setting in claim_choice.first(self.tried)[:room]]
        if not claims:
            return None
        batch = self._opened([], claims)
        batch.extra = True
        return batch

    def _opened(self, cells: list[Cell], claims: list[Claim]) -> Batch:
        batch = Batch(cells=cells, claims=claims, alive=cells)
        self._committed += self.price(len(cells)) + self.search.confirm * len(claims)
        for cell in cells:
            self._ask(batch, cell.trials, cell.setting, self.seeds[: self.blocks[0]])
        for claim in claims:
            self.claims[claim.setting] = claim
            self._ask(batch, claim.trials, claim.setting, self.fresh[: self.search.confirm])
        return batch

    def price(self, cells: int) -> int:
        """The most trials that so many settings of one batch can cost."""
        total, alive, before = 0, cells, 0
        for end in self.blocks:
            total += alive * (end - before)
            alive, before = self._kept(alive), end
        return total

    def _kept(self, cells: int) -> int:
        """How many of these can get the next block: at least one."""
        return math.ceil(self.search.keep * cells)

    def _cell(self, setting: Setting, origin: str) -> Cell:
        return self.cells.setdefault(setting, Cell(setting=setting, origin=origin))

    def _suggested(self, count: int) -> list[Cell]:
        """New settings of the sampler, of the shape of the first of them."""
        found: list[Cell] = []
        pins: dict[str, str | int | float] | None = None
        repeats = 0
        while len(found) < count and repeats < TRIES:
            asked, setting = self.sampling.suggest(pins)
            known = self.cells.get(setting)
            repeats = 0 if known is None else repeats + 1
            if known is None:
                found.append(self._cell(setting, "sampled"))
                found[-1].asked.append(asked)
                if pins is None:
                    own = self.space.params(setting)
                    pins = {name: own[name] for name in self.space.shape}
            elif known.evidence is None:
                known.asked.append(asked)
            else:
                self.sampling.tell([asked], setting, objectives.values(known.evidence, self.search.objectives))
        return found if len(found) == count else found + self._by_chance(count - len(found))

    def _by_chance(self, count: int) -> list[Cell]:
        """Settings nobody has tried, for a sampler that repeats itself; fewer if there are no more."""
        rng = np.random.default_rng([self.search.seed, len(self.cells)])
        found: list[Cell] = []
        for _ in range(100 * count):
            setting = self.space.baseline.replace(
                **{axis.name: axis.levels[int(rng.integers(len(axis.levels)))] for axis in self.space.axes}
            )
            if setting not in self.cells:
                found.append(self._cell(setting, "sampled"))
            if len(found) == count:
                return found
        self._dry = True
        return found

    def _next_block(self, batch: Batch, seen: Mapping[str, Outcome]) -> None:
        """Further seeds for the promising; with no block or nobody left, the batch is done."""
        batch.block += 1
        before = self.blocks[batch.block - 1]
        if batch.block < len(self.blocks):
            share = self._kept(len(batch.alive))
            batch.alive = sorted((cell for cell in batch.alive if self._open_yet(cell, seen)), key=self._rank(seen))
            batch.alive = batch.alive[:share]
            for cell in batch.alive:
                self._ask(batch, cell.trials, cell.setting, self.seeds[before : self.blocks[batch.block]])
        batch.done = not batch.pending

    def _open_yet(self, cell: Cell, seen: Mapping[str, Outcome]) -> bool:
        """Whether the target is within reach of what its seeds say; why the others did not escape is not asked."""
        evidence = self.evidence(cell.setting, cell.trials, seen)
        return objectives.upper(evidence.escaped, evidence.n) >= self.search.target

    def _rank(self, seen: Mapping[str, Outcome]) -> Callable[[Cell], tuple[float, ...]]:
        def rank(cell: Cell) -> tuple[float, ...]:
            evidence = self.evidence(cell.setting, cell.trials, seen)
            return (-evidence.escaped, evidence.changes, evidence.median_time)

        return rank

    def evidence(self, setting: Setting, trials: Sequence[Trial], seen: Mapping[str, Outcome]) -> Evidence:
        """How these trials of a setting ended."""
        changes = len(self.space.changed(setting))
        found = [seen[trial.id] for trial in trials]
        return objectives.gather(found, limit=self.limit, changes=changes, cost=self.cost_of(setting))

    def _close(self, batch: Batch, seen: Mapping[str, Outcome]) -> None:
        """Tells the sampler, decides claims, and lines up what follows from promising settings."""
        self.settled += sum(len(cell.trials) for cell in batch.cells) + sum(len(claim.trials) for claim in batch.claims)
        for cell in batch.cells:
            cell.evidence = self.evidence(cell.setting, cell.trials, seen)
            self.sampling.tell(cell.asked, cell.setting, objectives.values(cell.evidence, self.search.objectives))
        for claim in batch.claims:
            claim.evidence = self.evidence(claim.setting, claim.trials, seen)
            sure = objectives.lower(claim.evidence.escaped, claim.evidence.n, self.search.confidence)
            claim.confirmed, claim.spent = sure >= self.search.target, self.paid
        for cell in batch.cells:
            if claim_choice.promising(self.tried, cell):
                self._reversals.update(
                    (setting, None) for setting in self.space.reversals(cell.setting) if setting not in self.cells
                )
        best = max((objectives.lower(cell.evidence.escaped, cell.evidence.n) for cell in batch.cells), default=0.0)  # type: ignore[union-attr]
        best = max(best, self.history[-1][2] if self.history else 0.0)
        self._due += not batch.extra
        self.history.append((self.settled, len(self.cells), best))
        self.on_close(self, batch)

    @property
    def finished(self) -> bool:
        """Whether nothing is under way and nothing more is wanted."""
        return not self._open
