"""Say in a sentence how training went for the baseline: it learned and lost it, never learned, diverged, or escaped."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ablate.report.style import decimal

COURSES: Mapping[str, str] = {
    "escaped": "learns and keeps it",
    "collapsed": "learns to accuracy {best}, then loses it",
    "stuck": "never learns",
    "unclear": "learns nothing that could not be luck",
    "slow": "has not learned when training ends, but is on its way,",
    "diverged": "diverges",
    "failed": "ends with an error",
}
"""State -> what the trials that ended so did; `best` is the median of their best accuracies."""

LEARNED_FIRST = "learns to accuracy {best}, then diverges"
"""What trials did that diverged after they had been above chance."""


def sentence(trials: pd.DataFrame) -> str:
    """Say what most trials did, with the accuracy at the end, and count the others by state.

    Args:
        trials: the trials of one setting: `state`, `best_accuracy`, `final_accuracy` and `after_escape`.

    Examples:
        >>> row = {"state": "collapsed", "best_accuracy": 0.92, "final_accuracy": 0.1, "after_escape": False}
        >>> sentence(pd.DataFrame([row] * 20))
        'The baseline learns to accuracy .92, then loses it in 20 of 20 seeds (at the end .10).'
    """
    if not len(trials):
        return "The baseline itself was not run."
    counts = trials["state"].astype(str).value_counts()
    # Of equally frequent states, the one that stands first in COURSES is named.
    state = min(COURSES, key=lambda name: -int(counts.get(name, 0)))
    rows = trials[trials["state"] == state]
    fallen = state == "diverged" and rows["after_escape"].mean() > 0.5
    course = (LEARNED_FIRST if fallen else COURSES[state]).format(best=decimal(float(rows["best_accuracy"].median())))
    others = ", ".join(f"{count} {name}" for name, count in counts.items() if count and name != state)
    rest = f" The others: {others}." if others else ""
    return f"The baseline {course} in {len(rows)} of {len(trials)} seeds{_end(rows['final_accuracy'].dropna())}.{rest}"


def _end(accuracy: pd.Series[float]) -> str:
    """Return the median accuracy at the end with its range, in brackets; nothing without an evaluation."""
    if not len(accuracy):
        return ""
    middle, low, high = (decimal(float(value)) for value in (accuracy.median(), accuracy.min(), accuracy.max()))
    span = f"; lowest {low}, highest {high}" if low != high else ""
    return f" (at the end {middle}{span})"
