"""Write the benchmarks' page and figure, README.md and ratios.svg in results/published/bench, from their rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.rows import Found, Ratio

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEAD = """# Benchmarks

Written by `make bench`; `benchmarks/README.md` says what each row measures. {machine}.
{versions}. {minutes:.0f} minutes in all.
"""


def write(
    measured: Found, folder: Path, machine: Mapping[str, str], versions: Mapping[str, str], minutes: float
) -> None:
    """Write the page and the figure, and replace what was there.

    Args:
        measured: the rows of the benchmarks.
        folder: where the files go.
        machine: names and values for the page's head.
        versions: the same, of packages.
        minutes: how long the benchmarks took.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = HEAD.format(
        machine=", ".join(f"{name} {value}" for name, value in machine.items()),
        versions=", ".join(f"{name} {value}" for name, value in versions.items()),
        minutes=minutes,
    )
    ratios = [
        (
            row.benchmark,
            row.peer,
            row.n,
            *map(short, (row.ratio_min, row.ratio_median, row.ratio_max)),
            row.target,
            row.met,
        )
        for row in measured.ratios
    ]
    figures = [
        (row.benchmark, row.who, row.n, *map(short, (row.low, row.middle, row.high)), row.unit)
        for row in measured.figures
    ]
    text += (
        "\n## Ratios and targets\n\nHow many times faster ablate is, within pairs that ran one right after the other;\n"
    )
    text += "without a peer, the figure itself.\n\n"
    text += table(("benchmark", "peer", "n", "min", "median", "max", "target", "met"), ratios)
    text += "\n## Figures behind them\n\n"
    text += table(("benchmark", "who", "n", "min", "median", "max", "unit"), figures)
    text += "\n![Ratios by benchmark and peer, with targets](ratios.svg)\n"
    (folder / "README.md").write_text(text, encoding="utf-8")
    draw([row for row in measured.ratios if row.peer and row.n and not row.benchmark.startswith("difference")], folder)


def short(value: float) -> str:
    """Write a number with three digits.

    Examples:
        >>> short(0.01234), short(123.4), short(float("nan"))
        ('0.0123', '123', '')
    """
    return "" if math.isnan(value) else f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def draw(rows: Sequence[Ratio], folder: Path) -> None:
    """Draw ratios on a logarithmic axis: a line from smallest to largest, a dot at the median, a mark at the target."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "ablate", "font.size": 8}):
        figure = Figure(figsize=(9, 0.8 + 0.22 * len(rows)), layout="constrained")
        axes: Axes = figure.subplots()
        for height, row in enumerate(reversed(rows)):
            colour = {"True": "#2a7f3f", "False": "#b03030", "": "#555555"}[row.met]
            axes.plot([row.ratio_min, row.ratio_max], [height, height], color=colour, linewidth=1.5)
            axes.plot([row.ratio_median], [height], "o", color=colour, markersize=4)
            if row.target:
                axes.plot([float(row.target.split()[1])], [height], "|", color="black", markersize=10)
        axes.set_yticks(range(len(rows)), [f"{row.benchmark}: {row.peer}" for row in reversed(rows)])
        axes.set_xscale("log")
        axes.axvline(1.0, color="#999999", linewidth=0.8)
        axes.set_xlabel("times faster than the peer (share of sgemm for arithmetic rates); | = target")
        figure.savefig(folder / "ratios.svg", metadata={"Date": None})
