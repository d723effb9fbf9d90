"""The style of every figure: colours that colour-blind readers can tell apart, each with a second cue.

A state or level has the same colour, and the same hatch or marker, in all figures: its position in the study decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

INK = "#111110"
"""Colour of text and axes; the page replaces it by the reader's text colour."""

PAPER = "#fffffe"
"""Colour of the background; the page makes it transparent."""

ON_DARK, ON_LIGHT = "#ffffff", "#000000"
"""Colours of text in a coloured cell; they depend on the cell, not on the page."""

GREY = "#8a8a87"

# Okabe & Ito (2008), "Color universal design".
OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#7a7a7a")

STATE_COLOURS = {
    "failed": "#4d4d4d",
    "diverged": "#CC79A7",
    "escaped": "#0072B2",
    "collapsed": "#D55E00",
    "slow": "#F0E442",
    "unclear": "#56B4E9",
    "stuck": "#E69F00",
}
STATE_HATCHES = {
    "failed": "xx",
    "diverged": "..",
    "escaped": "",
    "collapsed": "//",
    "slow": "--",
    "unclear": "xx..",
    "stuck": "\\\\",
}
TIP = "tip: "
"""Begins the `gid` of a part of a figure; the page shows the rest of the `gid` where a reader points at the part."""

CROWD = 6
"""With more curves than this, bands would cover one another: the curves are drawn without bands."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
LINES = ("-", "--", "-.", ":")


def colour(position: int) -> str:
    """Return the colour of the level at this position in its factor."""
    return OKABE_ITO[position % len(OKABE_ITO)]


def marker(position: int) -> str:
    """Return the marker of the level at this position in its factor."""
    return MARKERS[position % len(MARKERS)]


def line(position: int) -> str:
    """Return the line style of the level at this position; levels with one colour have different line styles."""
    return LINES[(position + position // len(OKABE_ITO)) % len(LINES)]


def dashes(position: int) -> str:
    """Return the same line style as a page's script draws it: lengths of strokes and gaps.

    Args:
        position: the level's position in its factor.

    Examples:
        >>> dashes(0), dashes(1)
        ('none', '6 3')
    """
    return {"-": "none", "--": "6 3", "-.": "8 3 2 3", ":": "2 3"}[line(position)]


def short(text: str, limit: int = 28) -> str:
    """Cut a text to `limit` characters, so that it fits beside an axis.

    Args:
        text: the text.
        limit: the most characters.

    Examples:
        >>> short("a" * 40, 8)
        'aaaaaaa…'
    """
    return text if len(text) <= limit else text[: limit - 1] + "…"


def percent(share: float) -> str:
    r"""Write a share as a percentage, with a space at which no line breaks.

    Examples:
        >>> percent(0.399), percent(float("nan"))
        ('40\xa0%', '–')
    """
    return "–" if share != share else f"{100 * share:.0f}\u00a0%"


def decimal(value: float, sign: bool = False) -> str:
    """Write a number with two decimals and without the 0 before the point, as the report does for each accuracy.

    Args:
        value: the number.
        sign: whether a number that is not negative has a plus, for a difference.

    Examples:
        >>> decimal(0.1), decimal(1.0), decimal(0.95, sign=True), decimal(-0.126)
        ('.10', '1.00', '+.95', '-.13')
    """
    return re.sub(r"^([+-]?)0\.", r"\1.", f"{value:+.2f}" if sign else f"{value:.2f}")


def count_rate(k: int, n: int, low: float, high: float) -> str:
    r"""Write a rate as every sentence of the report does: k of n, the rate, its 95 % interval in percent.

    Args:
        k: trials that ended in the state.
        n: all trials.
        low: lower end of the interval of the rate, from 0 to 1.
        high: upper end.

    Examples:
        >>> count_rate(8, 20, 0.219, 0.613)
        '8/20 = 40\xa0% [22, 61]'
    """
    if n == 0:
        return "0/0"
    return f"{k}/{n} = {percent(k / n)} [{100 * low:.0f}, {100 * high:.0f}]"


def level_label(name: str, n: int) -> str:
    """Return a level's name with its number of trials, for legends and ticks.

    Args:
        name: the level's name.
        n: number of trials.
    """
    return f"{short(name)} (n={n})"


def power(value: float, _: object = None) -> str:
    """Write a tick of a logarithmic axis as plain text: figures never read text as mathematics.

    Args:
        value: where the tick is.
        _: the tick's index, which matplotlib passes.

    Examples:
        >>> power(0), power(10), power(-1e5), power(1e-8)
        ('0', '10', '-1e5', '1e-8')
    """
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        return f"{value:g}"
    digits, exponent = f"{value:.0e}".split("e")
    return f"{digits}e{int(exponent)}"


@contextmanager
def house(fonts: Sequence[str] = ("DejaVu Sans",)) -> Iterator[None]:
    """Set matplotlib's settings to the style of the report while the block runs; equal figures give equal bytes.

    The block starts from matplotlib's own defaults. Otherwise a user's matplotlibrc, or a style that another library
    has set in this process (Optuna's plots call `plt.style.use("ggplot")`), would change every figure.
    """
    import matplotlib as mpl

    settings: dict[Any, Any] = {
        "svg.hashsalt": "ablate",
        "svg.fonttype": "none",
        "pdf.fonttype": 42,
        "font.family": "sans-serif",
        "font.sans-serif": list(fonts),
        "font.size": 9,
        "axes.titlesize": 10,
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "axes.titlecolor": INK,
        "axes.facecolor": "none",
        "figure.facecolor": PAPER,
        "savefig.facecolor": PAPER,
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "hatch.linewidth": 0.6,
        "lines.linewidth": 1.6,
        "legend.frameon": False,
        "legend.fontsize": 8,
        "grid.color": GREY,
        "grid.alpha": 0.3,
        "grid.linewidth": 0.6,
        "figure.dpi": 100,
        "savefig.dpi": 300,
        "text.parse_math": False,
    }
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(settings)
        yield
