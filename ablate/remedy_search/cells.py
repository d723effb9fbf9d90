"""Keep what a search knows of its settings: cells, the claims about some of them, and the batches they come in."""

from __future__ import annotations

from dataclasses import dataclass, field

from ablate.core.study import Setting, Trial
from ablate.remedy_search.objectives import Evidence
from ablate.remedy_search.samplers import Asked


@dataclass(kw_only=True, eq=False)
class Cell:
    """A setting that is tried.

    Attributes:
        origin: `baseline`, `sampled` or `reversal`.
        asked: the sampler's suggestions of this setting whose values the sampler does not know yet.
        trials: its trials, in the order of the seeds.
        evidence: how its trials ended; None until the batch is closed.
    """

    setting: Setting
    origin: str
    asked: list[Asked] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    evidence: Evidence | None = None


@dataclass(kw_only=True, eq=False)
class Claim:
    """A setting that is tested on fresh seeds.

    Attributes:
        trials: its trials on fresh seeds.
        evidence: how these trials ended; None while some are missing.
        confirmed: whether it is sufficient; None while trials are missing.
        spent: the arm's `paid` when the claim was decided.
    """

    setting: Setting
    trials: list[Trial] = field(default_factory=list)
    evidence: Evidence | None = None
    confirmed: bool | None = None
    spent: int = 0


@dataclass(kw_only=True, eq=False)
class Batch:
    """Settings that are tried together.

    Attributes:
        alive: cells that got the last block of seeds.
        block: the number of the last block.
        pending: wanted trials that have not ended, by id.
        done: whether no cell gets another block and no trial is pending.
        extra: whether the batch holds only claims, which run beside the batches of settings.
    """

    cells: list[Cell]
    claims: list[Claim]
    alive: list[Cell] = field(default_factory=list)
    block: int = 0
    pending: dict[str, Trial] = field(default_factory=dict)
    done: bool = False
    extra: bool = False
