"""Which trials answer which question: prevention, rescue, and what may not be pooled with either."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ablate.results import Results

FRESH = "fresh"


@dataclass(frozen=True, eq=False, kw_only=True)
class Stratum:
    """Trials that start alike.

    Attributes:
        key: short, for file names and anchors.
        title: for headings.
        lead: one sentence on what the trials are.
        within: the column values that select them.
        trials: their rows of `Results.trials`, with its index.
    """

    key: str
    title: str
    lead: str
    within: tuple[tuple[str, str], ...]
    trials: pd.DataFrame

    @property
    def varying(self) -> tuple[str, ...]:
        """Factor columns that differ between these trials (every column between `seed` and `state`)."""
        columns = list(self.trials.columns)
        factors = columns[columns.index("seed") + 1 : columns.index("state")]
        return tuple(name for name in factors if len(self.trials[name].unique()) > 1)


def strata(results: Results) -> list[Stratum]:
    """Prevention first, then rescue per start level, then trials whose first phase did not end as it had to."""
    found = []
    start = results.study.factor("start") if _has(results, "start") else None
    kinds = {level.name: _kind(level.params) for level in ((*start.levels, start.baseline) if start else ())}
    levels = list(results.trials["start"].cat.categories) if start else [""]
    for level in sorted(levels, key=lambda name: kinds.get(name, FRESH) != FRESH):
        own = results.trials[results.trials["start"] == level] if start else results.trials
        for state in sorted(own["start_state"].unique(), key=lambda name: (name != "collapsed", name)):
            rows = own[own["start_state"] == state]
            found.append(_stratum(level, kinds.get(level, FRESH), str(state), rows, apart=len(levels) > 1))
    return found


def _stratum(level: str, kind: str, state: str, rows: pd.DataFrame, *, apart: bool) -> Stratum:
    within = ((("start", level),) if apart else ()) + ((("start_state", state),) if state else ())
    key = "-".join(filter(None, (level if apart or kind != FRESH else "", state)))
    if kind == FRESH:
        title, lead = (
            "Prevention",
            "Trials that train from fresh weights: does the setting keep off, or leave, the plateau?",
        )
    elif state in ("", "collapsed") or kind != "collapsed":
        title = f"Rescue from {level}" + (f" (first phase: {state})" if state else "")
        lead = (
            f"Trials that start from the plateau `{level}`: does the setting get off it? Never pooled with prevention."
        )
    else:
        title = f"Start {level}, first phase {state}"
        lead = "Trials whose first phase did not collapse: no rescue can be seen in them; reported apart."
    return Stratum(key=_safe(key), title=title, lead=lead, within=within, trials=rows)


def _has(results: Results, name: str) -> bool:
    return any(factor.name == name for factor in results.study.factors)


def _kind(params: object) -> str:
    return str(params.get("kind", FRESH)) if isinstance(params, dict) else FRESH


def _safe(text: str) -> str:
    return "".join(char if char.isascii() and (char.isalnum() or char in "-_") else "-" for char in text)[:60]
