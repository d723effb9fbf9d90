"""What was measured, as rows: ratios with their targets, and the figures behind them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from benchmarks.turns import spread

RATIOS, FIGURES = "ratios.csv", "figures.csv"


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """One comparison: how many times ours is better, over `n` pairs.

    `target` is `>= NUMBER` or `<= NUMBER`, of the median; empty where none was set. Where a benchmark compares with
    nothing, `peer` is empty and the ratio is the figure that the benchmark's name says, with its unit. No pairs: not
    there, so not met.
    """

    benchmark: str
    peer: str
    n: int
    ratio_min: float
    ratio_median: float
    ratio_max: float
    target: str = ""

    @property
    def met(self) -> str:
        """`True` or `False`; empty without a target."""
        if not self.target:
            return ""
        sign, number = self.target.split()
        return str(
            self.n > 0 and (self.ratio_median >= float(number) if sign == ">=" else self.ratio_median <= float(number))
        )


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measurement of one side: `n` values, in that unit."""

    benchmark: str
    who: str
    unit: str
    n: int
    low: float
    middle: float
    high: float


@dataclass(kw_only=True)
class Found:
    """What has been measured so far."""

    ratios: list[Ratio] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)

    def ratio(self, benchmark: str, peer: str, values: Sequence[float], target: str = "") -> None:
        """Add a ratio; no values mean that the benchmark could not run."""
        if not values:
            self.ratios.append(
                Ratio(benchmark=benchmark, peer=peer, n=0, **dict.fromkeys(NUMBERS, float("nan")), target=target)
            )
            return
        own = spread(values)
        self.ratios.append(
            Ratio(
                benchmark=benchmark,
                peer=peer,
                n=own.n,
                ratio_min=own.low,
                ratio_median=own.middle,
                ratio_max=own.high,
                target=target,
            )
        )

    def figure(self, benchmark: str, who: str, unit: str, values: Sequence[float], n: int = 0) -> None:
        """Add a measurement; `n` is the number of trials behind it, by default the number of values."""
        own = spread(values)
        self.figures.append(
            Figure(benchmark=benchmark, who=who, unit=unit, n=n or own.n, low=own.low, middle=own.middle, high=own.high)
        )


NUMBERS = ("ratio_min", "ratio_median", "ratio_max")


def write(found: Found, folder: Path) -> None:
    """ratios.csv and figures.csv in that folder, in place of what was there."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = [*(each.name for each in fields(Ratio)), "met"]
    _write(folder / RATIOS, columns, ([_text(getattr(row, name)) for name in columns] for row in found.ratios))
    columns = [each.name for each in fields(Figure)]
    _write(folder / FIGURES, columns, ([_text(getattr(row, name)) for name in columns] for row in found.figures))


def _write(path: Path, columns: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(columns)
        out.writerows(lines)


def _text(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def read(folder: Path) -> list[Ratio]:
    """Return the ratios that were written there; none if there is no file."""
    path = folder / RATIOS
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Ratio(
                benchmark=row["benchmark"],
                peer=row["peer"],
                n=int(row["n"]),
                target=row["target"],
                **{name: float(row[name]) for name in NUMBERS},
            )
            for row in csv.DictReader(file)
        ]
