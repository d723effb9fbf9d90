"""Say which levels are shown to be worth little: a null result is a result."""

from __future__ import annotations

import pandas as pd

from ablate.stats.equivalence import ERROR, MARGIN, fewest_seeds

NAMED = 6
"""The most levels that a sentence names."""


def words(frame: pd.DataFrame) -> list[str]:
    """Return per comparison what is shown, after correction: `equivalent`, `worth less than 0.1`, or nothing.

    Args:
        frame: a table of `ablate.stats.families`.
    """
    less, small = (frame[name].to_numpy() <= ERROR for name in ("adjusted_less_p", "adjusted_small_p"))
    return [
        "equivalent" if equal else f"worth less than {MARGIN:g}" if below else ""
        for below, equal in zip(less, small, strict=True)
    ]


def sentence(frame: pd.DataFrame) -> str:
    """Say whether no level is worth the margin at the baseline, or for which levels that is open.

    Args:
        frame: the screen of every level at the baseline, a table of `ablate.stats.families`.
    """
    seeds, margin = int(frame["seeds"].min()), f"{MARGIN:g}"
    most = frame.iloc[int(frame["estimate"].to_numpy().argmax())]
    largest = f"the largest difference is {most['estimate']:+.2f} ({most['factor']}={most['level']})"
    if (frame["less_p"] <= ERROR).all():
        return (
            f"no level is worth {margin} or more at the baseline: for each of the {len(frame)} levels a rise of the "
            f"escape rate by {margin} is rejected (one-sided, 5 %; {largest})."
        )
    if seeds < fewest_seeds():
        worse = int((frame["adjusted_less_p"] <= ERROR).sum())
        lower = f" {worse} of {len(frame)} levels are, because they lower the escape rate." if worse else ""
        return (
            f"with {seeds} seeds no level that changes nothing can be shown to be worth less than {margin}: that takes "
            f"{fewest_seeds()} seeds.{lower}"
        )
    shown = frame[frame["adjusted_less_p"] <= ERROR]
    missing = frame[frame["adjusted_less_p"] > ERROR]
    names = [f"{row['factor']}={row['level']}" for row in missing.head(NAMED).to_dict("records")]
    more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
    return (
        f"{len(shown)} of {len(frame)} levels are shown to be worth less than {margin} at the baseline (corrected). "
        f"Not shown for {', '.join(names)}{more}."
    )
