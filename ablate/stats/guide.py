"""Read the guide: what removes each cause of a plateau, and how many networks of the published studies that freed.

`python -m findings` writes guide.csv. README, docs/guide.md, `ablate try`, `ablate show`, the report page and
`ablate.Watch` take what they advise from it.
"""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("guide.csv")

PHASES = {"anew": "from fresh weights", "on": "from the trapped weights"}
"""Where training begins with the change, in words."""


@dataclass(frozen=True, kw_only=True)
class Advice:
    """One change to try against a cause.

    Attributes:
        phase: `anew` or `on`, a key of PHASES.
        cause: the cause, one of `ablate.stats.causes.NAMES`.
        change: the change, as `loss=fused` or `rate / 10 or lower`.
        why: why it removes the cause; empty for a change that freed networks without a known reason.
        needs: what a network must have for it, as `a penalty`; empty for nothing.
        share, low, high: the share of networks with this cause that escaped, a mean over settings, with its 95 %
            interval; None if too few were tried.
        settings, networks: numbers of settings and networks that it was tried on.
        tasks: the tasks that they were trained on.
    """

    phase: str
    cause: str
    change: str
    why: str
    needs: str
    share: float | None
    low: float | None
    high: float | None
    settings: int
    networks: int
    tasks: tuple[str, ...]

    @property
    def counted(self) -> str:
        """Return the share with its interval and the number of networks, in words.

        Examples:
            >>> advice("clip_trap")[0].counted.endswith("networks")
            True
        """
        if self.share is None:
            return "not tried on enough networks"
        return f"{self.share:.0%} [{self.low:.0%}, {self.high:.0%}] of {self.networks:,} networks"


COLUMNS = tuple(Advice.__dataclass_fields__)
"""Columns of guide.csv; `tasks` are joined by spaces, and a share that is not known is empty."""


@functools.cache
def everything() -> tuple[Advice, ...]:
    """Return every row of the guide, by cause and phase in the order to try."""
    with FILE.open(newline="", encoding="utf-8") as file:
        return tuple(_row(row) for row in csv.DictReader(file))


def _row(row: dict[str, str]) -> Advice:
    share, low, high = (float(row[name]) if row[name] else None for name in ("share", "low", "high"))
    return Advice(
        phase=row["phase"],
        cause=row["cause"],
        change=row["change"],
        why=row["why"],
        needs=row["needs"],
        share=share,
        low=low,
        high=high,
        settings=int(row["settings"]),
        networks=int(row["networks"]),
        tasks=tuple(row["tasks"].split()),
    )


def advice(cause: str, phase: str = "anew") -> tuple[Advice, ...]:
    """Return what the guide says against a cause, in the order to try; nothing for a cause that it does not list.

    Args:
        cause: one of `ablate.stats.cause_list.ALL`.
        phase: `anew` or `on`.

    Examples:
        >>> advice("clip_trap")[0].change, advice("one_softmax")
        ('loss=fused', ())
    """
    return tuple(row for row in everything() if (row.cause, row.phase) == (cause, phase))


def in_words(cause: str) -> str:
    """Return one line with what removes a cause and how often it did; empty for a cause that the guide does not list.

    Args:
        cause: one of `ablate.stats.cause_list.ALL`.

    Examples:
        >>> in_words("clip_trap").startswith("What removed it in published studies, from fresh weights: loss=fused (")
        True
    """
    rows = advice(cause)
    if len(rows) == 1 and rows[0].share is None:
        return rows[0].why
    parts = []
    for phase, start in PHASES.items():
        removing = [row for row in advice(cause, phase) if row.why][:2]
        if removing:
            parts.append(f"{start}: {', '.join(_short(row) for row in removing)}")
    return f"What removed it in published studies, {'; '.join(parts)}." if parts else ""


def _short(row: Advice) -> str:
    needs = f", if it has {row.needs}" if row.needs else ""
    return f"{row.change} ({row.counted}{needs})" if row.share is not None else f"{row.change}{needs}"
