"""Say what a planned study's comparisons can show, and what more seeds would cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from ablate.core import terminal
from ablate.core.study import Contrast, Level, Setting, Study
from ablate.report import tables
from ablate.stats import power, seed_spending
from ablate.stats.power import Family, Needs

RATES = (0.0, 0.5)
"""The escape rates to plan with if none is expected: none escapes, as on a plateau; and the rate that needs most."""

INDENT = " " * 10
"""What stands before the lines below a heading of a plan."""


def family(study: Study, settings: Sequence[Setting]) -> Family | None:
    """Return the comparisons that the report will correct together; None if no two settings can be compared.

    They are the declared contrasts, or else the screen of every level against its baseline.

    Args:
        study: the study.
        settings: its settings.
    """
    asked = study.contrasts or tuple(
        Contrast(factor=factor.name, level=level.name, against=factor.baseline.name)
        for factor in study.varying
        for level in factor.levels
        if level != factor.baseline
    )
    rows = [dict(setting.levels) for setting in settings]
    strata = [count for count in (_strata(study, rows, contrast) for contrast in asked) if count]
    if not strata:
        return None
    return Family(comparisons=len(strata), strata=min(strata), declared=bool(study.contrasts))


def _strata(study: Study, rows: Sequence[Mapping[str, Level]], contrast: Contrast) -> int:
    """Return the number of settings of the other factors in which both levels of a contrast are run."""
    others = [factor.name for factor in study.varying if factor.name != contrast.factor]
    run: dict[tuple[str, ...], set[str]] = {}
    for levels in rows:
        if all(name in levels and levels[name].name in allowed for name, allowed in contrast.at.items()):
            run.setdefault(tuple(levels[name].text for name in others), set()).add(levels[contrast.factor].name)
    return sum({contrast.level, contrast.against} <= names for names in run.values())


def lines(study: Study, compared: Family, rates: Sequence[float], minutes: float) -> Iterator[str]:
    """Yield what the plan can show: seeds and minutes for differences of .1, .2 and .3, and the smallest difference.

    Args:
        study: the study.
        compared: its comparisons.
        rates: the escape rates of the level that is compared with.
        minutes: what one seed costs, in all settings.
    """
    planned = len(seed_spending.first(study))
    several = "s" if compared.comparisons != 1 else ""
    declared, levels = f"declared contrast{several} (Holm)", f"level{several} against the baseline (Benjamini-Hochberg)"
    of = declared if compared.declared else levels
    pairs = "one pair a seed" if compared.strata == 1 else f"at least {compared.strata} pairs a seed"
    chance = f"with a chance of {power.ENOUGH:g}"
    yield f"power     {compared.comparisons} {of}, {pairs}: seeds that show a difference, {chance}"
    rows = []
    for rate in rates:
        need = power.needs(compared, rate, planned)
        rows.append((f"{rate:.2f}", *(_seeds(need, gap, minutes) for gap in power.DIFFERENCES), _range(need.smallest)))
    heads = ["rate", *(f"difference {gap:g}" for gap in power.DIFFERENCES), f"{planned} seeds show"]
    table = tables.text(pd.DataFrame(rows, columns=heads), width=terminal.columns() - len(INDENT))
    yield from (f"{INDENT}{line}".rstrip() for line in table.splitlines())
    if compared.strata > 1:
        yield f"{INDENT}- : from independent pairs within a seed to pairs that all end alike"


def _seeds(need: Needs, gap: float, minutes: float) -> str:
    least, most = need.seeds[gap]
    cost = minutes * (most or least or 0)
    return _range((least, most)) + (f" ({cost:.1f} min)" if cost else "")


def _range(ends: tuple[float | None, float | None]) -> str:
    """Return one number, or two with a dash.

    Examples:
        >>> _range((8, 8)), _range((0.2, 0.24)), _range((8, None))
        ('8', '0.2 - 0.24', '8 - too many')
    """
    first, last = ("too many" if end is None else f"{end:g}" for end in ends)
    return first if first == last else f"{first} - {last}"
