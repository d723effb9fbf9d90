"""One look for every picture: colours that colour-blind readers can tell apart, each with a second cue.

States and levels have a fixed colour and hatch or marker by their place in the study, never by their order of
appearance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

INK = "#111110"
"""Text and axes; becomes the reader's text colour inside the page."""

PAPER = "#fffffe"
"""The background; transparent inside the page."""

ON_DARK, ON_LIGHT = "#ffffff", "#000000"
"""Text upon a coloured cell: it goes with the cell, not with the page."""

GREY = "#8a8a87"

# Okabe & Ito (2008), "Color universal design".
OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#7a7a7a")

STATE_COLOURS = {
    "failed": "#4d4d4d",
    "diverged": "#CC79A7",
    "escaped": "#0072B2",
    "collapsed": "#D55E00",
    "slow": "#F0E442",
    "stuck": "#E69F00",
}
STATE_HATCHES = {"failed": "xx", "diverged": "..", "escaped": "", "collapsed": "//", "slow": "--", "stuck": "\\\\"}
CROWD = 6
"""With more curves than this their bands would cover one another, and the curves are drawn alone."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
LINES = ("-", "--", "-.", ":")


def colour(place: int) -> str:
    """The colour of the level at this place in its factor."""
    return OKABE_ITO[place % len(OKABE_ITO)]


def marker(place: int) -> str:
    """The marker of the level at this place in its factor."""
    return MARKERS[place % len(MARKERS)]


def line(place: int) -> str:
    """The line style of the level at this place: another one each time the colours come round, and within them."""
    return LINES[(place + place // len(OKABE_ITO)) % len(LINES)]


def short(text: str, limit: int = 28) -> str:
    """Text for a tick label, cut where it would not fit.

    Examples:
        >>> short("a" * 40, 8)
        'aaaaaaa…'
    """
    return text if len(text) <= limit else text[: limit - 1] + "…"


def percent(share: float) -> str:
    r"""A share for people: `40 %`, which no line break parts.

    Examples:
        >>> percent(0.399), percent(float("nan"))
        ('40\xa0%', '–')
    """
    return "–" if share != share else f"{100 * share:.0f}\u00a0%"


def count_rate(k: int, n: int, low: float, high: float) -> str:
    r"""K of n with its rate and 95 % interval, the way every number of the report is written.

    Examples:
        >>> count_rate(8, 20, 0.219, 0.613)
        '8/20 = 40\xa0% [22, 61]'
    """
    if n == 0:
        return "0/0"
    return f"{k}/{n} = {percent(k / n)} [{100 * low:.0f}, {100 * high:.0f}]"


def level_label(name: str, n: int) -> str:
    """A level with its number of trials, for legends and ticks."""
    return f"{short(name)} (n={n})"


def power(value: float, _: object = None) -> str:
    """A tick of a logarithmic axis in plain text, since names are never read as mathematics here.

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
    """The one place where matplotlib's settings are changed: inside, pictures are deterministic and in house style.

    It starts from matplotlib's own defaults, since what is left behind by others in the same process (Optuna's plots
    call `plt.style.use("ggplot")`) or stands in a user's matplotlibrc would change every picture.
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
