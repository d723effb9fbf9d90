"""Decide what one searcher tries: batches of settings, blocks of seeds, claims. Outcomes alone decide.

Two batches of settings are open at a time: when one is closed, the next is opened. The sampler then knows the closed
batches, and no other results. So the trials do not depend on the order of results, and a search that is started again
asks for the same trials.
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
"""How many batches are open at a time: one gets further seeds while the first seeds of the next are trained."""

REPEATS = 20
"""How often in a row a sampler may suggest known settings before random ones are taken."""

TrialOf = Callable[[Setting, int], Trial]


@dataclass(kw_only=True, eq=False)
class Arm:
    """A sampler with its own budget; the search is one arm, its random baseline another.

    Attributes:
        seeds: the seeds of the search, in the order in which blocks take them.
        fresh: the seeds of claims; none of them is in `seeds`.
        trial_of: a setting and a seed -> the trial.
        cost_of: a setting -> millions of multiply-adds per step.
        limit: training steps of a trial.
        cells, claims: by setting, in the order in which they were asked for.
        spent: trials asked for.
        settled: trials of closed batches.
        history: after each closed batch: trials settled, settings tried, best lower bound so far.
        on_close: called with each batch that is closed.
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
    _exhausted: bool = False
    _due: int = OPEN

    def advance(self, seen: Mapping[str, Outcome]) -> list[Trial]:
        """Open, continue and close batches as far as outcomes allow; return the trials wanted next."""
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
                wanted.update((trial.id, trial) for trial in self._retried(batch, seen))
                if not batch.pending and not batch.done:
                    self._next_block(batch, seen)
                    wanted.update(batch.pending)
                    moved = True
            if self._open and self._open[0].done:
                self._close(self._open.popleft(), seen)
                if (claimed := self._claim_batch()) is not None:
                    self._open.append(claimed)
                    wanted.update(claimed.pending)
                moved = True
        waiting = {name for batch in self._open for name in batch.pending}
        return [trial for name, trial in wanted.items() if name in waiting]

    @property
    def finished(self) -> bool:
        """Return whether no batch is open and nothing more is wanted."""
        return not self._open

    @property
    def paid(self) -> int:
        """Trials settled, plus the most that open batches can cost; it does not depend on the order of results."""
        open_batches = (self.price(len(batch.cells)) + self.search.confirm * len(batch.claims) for batch in self._open)
        return self.settled + sum(open_batches)

    @property
    def blocks(self) -> tuple[int, ...]:
        """Seeds of a setting after each block, as far as the study's seeds go."""
        return tuple(dict.fromkeys(min(end, len(self.seeds)) for end in self.search.blocks))

    @property
    def tried(self) -> claim_choice.Tried:
        """Return what the choice of claims depends on."""
        return claim_choice.Tried(
            cells=self.cells,
            claims=self.claims,
            space=self.space,
            seeds=self.blocks[-1],
            target=self.search.target,
            most_claims=self.search.claims,
        )

    def price(self, cells: int) -> int:
        """Return the most trials that a batch of `cells` settings can cost."""
        total, alive, before = 0, cells, 0
        for end in self.blocks:
            total += alive * (end - before)
            alive, before = self._kept(alive), end
        return total

    def evidence(self, setting: Setting, trials: Sequence[Trial], seen: Mapping[str, Outcome]) -> Evidence:
        """Return how trials of a setting ended.

        Args:
            setting: the setting.
            trials: its trials, all of which have ended.
            seen: how trials ended, by id.
        """
        return objectives.gather(
            [seen[trial.id] for trial in trials],
            limit=self.limit,
            changes=len(self.space.changed(setting)),
            cost=self.cost_of(setting),
        )

    def _retried(self, batch: Batch, seen: Mapping[str, Outcome]) -> list[Trial]:
        """Remove ended trials from the pending ones; return failed trials that are wanted again."""
        again = []
        for name in [name for name in batch.pending if name in seen]:
            if seen[name].state == "failed" and seen[name].attempt <= self.search.retries:
                again.append(batch.pending[name])
            else:
                del batch.pending[name]
        return again

    def _ask(self, batch: Batch, trials: list[Trial], setting: Setting, seeds: Sequence[int]) -> None:
        """Add a setting's trials on these seeds to `trials` and to the pending trials of the batch."""
        new = [self.trial_of(setting, seed) for seed in seeds]
        trials += new
        self.spent += len(new)
        batch.pending.update((trial.id, trial) for trial in new)

    def _begin(self) -> Batch | None:
        """Open the next batch: settings with one change taken back, then the sampler's; at the end, the last claims."""
        room = self.search.trials - self._committed
        reserve = min(self.search.confirm * max(0, self.search.claims - len(self.claims)), self.search.trials // 4)
        most = self._most_settings()
        cells: list[Cell] = [] if self.cells else [self._cell(self.space.baseline, "baseline")]
        half = min(most, self.search.batch // 2)
        while self._reversals and len(cells) < half and self.price(len(cells) + 1) <= room - reserve:
            setting = next(iter(self._reversals))
            del self._reversals[setting]
            if setting not in self.cells:
                cells.append(self._cell(setting, "reversal"))
        while not self._exhausted and len(cells) < most and self.price(len(cells) + 1) <= room - reserve:
            more = min(most - len(cells), -(-self.search.batch // self.search.shapes))
            while self.price(len(cells) + more) > room - reserve:
                more -= 1
            cells += self._suggested(more)
        chosen = [] if cells else claim_choice.last(self.tried)
        affordable = max(0, (room - self.price(len(cells))) // self.search.confirm)
        claims = [Claim(setting=setting) for setting in chosen[:affordable]]
        return self._opened(cells, claims) if cells or claims else None

    def _most_settings(self) -> int:
        """Return how many settings the next batch may have."""
        left = self.search.settings - len(self.cells) if self.search.settings else self.search.batch
        return min(self.search.batch, left)

    def _claim_batch(self) -> Batch | None:
        """Open a batch of the claims that are due after a batch was closed; it is open beside the others."""
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

    def _kept(self, cells: int) -> int:
        """Return how many of `cells` settings can get the next block: at least one."""
        return math.ceil(self.search.keep * cells)

    def _cell(self, setting: Setting, origin: str) -> Cell:
        return self.cells.setdefault(setting, Cell(setting=setting, origin=origin))

    def _suggested(self, count: int) -> list[Cell]:
        """Return new settings of the sampler, all with the network shape of the first one."""
        new: list[Cell] = []
        pins: dict[str, str | int | float] | None = None
        repeats = 0
        while len(new) < count and repeats < REPEATS:
            asked, setting = self.sampling.suggest(pins)
            known = self.cells.get(setting)
            repeats = 0 if known is None else repeats + 1
            if known is None:
                new.append(self._cell(setting, "sampled"))
                new[-1].asked.append(asked)
                if pins is None:
                    params = self.space.params(setting)
                    pins = {name: params[name] for name in self.space.shape}
            elif known.evidence is None:
                known.asked.append(asked)
            else:
                self.sampling.tell([asked], setting, objectives.values(known.evidence, self.search.objectives))
        return new if len(new) == count else new + self._random(count - len(new))

    def _random(self, count: int) -> list[Cell]:
        """Return random new settings in place of a sampler that repeats itself; fewer than `count` if few are left."""
        rng = np.random.default_rng([self.search.seed, len(self.cells)])
        new: list[Cell] = []
        for _ in range(100 * count):
            setting = self.space.baseline.replace(
                **{axis.name: axis.levels[int(rng.integers(len(axis.levels)))] for axis in self.space.axes}
            )
            if setting not in self.cells:
                new.append(self._cell(setting, "sampled"))
            if len(new) == count:
                return new
        self._exhausted = True
        return new

    def _next_block(self, batch: Batch, seen: Mapping[str, Outcome]) -> None:
        """Give the best settings further seeds; end the batch after the last block, or if none can reach the target."""
        batch.block += 1
        before = self.blocks[batch.block - 1]
        if batch.block < len(self.blocks):
            share = self._kept(len(batch.alive))
            within_reach = (cell for cell in batch.alive if self._within_reach(cell, seen))
            batch.alive = sorted(within_reach, key=self._rank(seen))[:share]
            for cell in batch.alive:
                self._ask(batch, cell.trials, cell.setting, self.seeds[before : self.blocks[batch.block]])
        batch.done = not batch.pending

    def _within_reach(self, cell: Cell, seen: Mapping[str, Outcome]) -> bool:
        """Return whether the upper bound of a setting's escape rate reaches the target."""
        evidence = self.evidence(cell.setting, cell.trials, seen)
        return objectives.upper(evidence.escaped, evidence.n) >= self.search.target

    def _rank(self, seen: Mapping[str, Outcome]) -> Callable[[Cell], tuple[float, ...]]:
        def rank(cell: Cell) -> tuple[float, ...]:
            evidence = self.evidence(cell.setting, cell.trials, seen)
            return (-evidence.escaped, evidence.changes, evidence.median_time)

        return rank

    def _close(self, batch: Batch, seen: Mapping[str, Outcome]) -> None:
        """Tell the sampler the results, decide claims, and note promising settings with one change taken back."""
        self.settled += sum(len(cell.trials) for cell in batch.cells) + sum(len(claim.trials) for claim in batch.claims)
        best = self.history[-1][2] if self.history else 0.0
        for cell in batch.cells:
            cell.evidence = self.evidence(cell.setting, cell.trials, seen)
            best = max(best, objectives.lower(cell.evidence.escaped, cell.evidence.n))
            self.sampling.tell(cell.asked, cell.setting, objectives.values(cell.evidence, self.search.objectives))
        for claim in batch.claims:
            claim.evidence = self.evidence(claim.setting, claim.trials, seen)
            low = objectives.lower(claim.evidence.escaped, claim.evidence.n, self.search.confidence)
            claim.confirmed, claim.spent = low >= self.search.target, self.paid
        for cell in batch.cells:
            if claim_choice.promising(self.tried, cell):
                reversals = self.space.reversals(cell.setting)
                self._reversals.update((setting, None) for setting in reversals if setting not in self.cells)
        self._due += not batch.extra
        self.history.append((self.settled, len(self.cells), best))
        self.on_close(self, batch)
