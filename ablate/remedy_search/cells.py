"""What a search keeps of the settings it tries: cells, the claims about some of them, and the batches they come in."""

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
        asked: the sampler's suggestions that wait for it.
        trials: those asked for, in the order of the seeds.
        evidence: how they ended, once the cell is settled.
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
        evidence: of the fresh seeds alone, once they are there.
        confirmed: None while they are not.
        spent: trials that the arm had paid for when it was decided (`Arm.paid`).
    """

    setting: Setting
    trials: list[Trial] = field(default_factory=list)
    evidence: Evidence | None = None
    confirmed: bool | None = None
    spent: int = 0


@dataclass(kw_only=True, eq=False)
class Batch:
    """Settings tried together; `alive` are those that got the last block of seeds. `extra`: claims that cannot wait."""

    cells: list[Cell]
    claims: list[Claim]
    alive: list[Cell] = field(default_factory=list)
    block: int = 0
    pending: dict[str, Trial] = field(default_factory=dict)
    done: bool = False
    extra: bool = False
