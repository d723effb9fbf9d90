"""Turn the records of curves over training steps into charts that the page's script draws."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ablate.core.study import Json
from ablate.outcomes.states import STATES
from ablate.report.charts import LineChart
from ablate.report.figure_data import Curve, FanInfo, IncidenceInfo
from ablate.report.style import CROWD, STATE_COLOURS, colour, dashes

WHOLE = ("accuracy", "top_share", "zero_gradient_share", "dead_share")
"""The signals that lie between 0 and 1."""


def lines(infos: Sequence[FanInfo | IncidenceInfo], labels: Mapping[str, str]) -> LineChart:
    """Return the panels of a picture: a signal each, or the probability of an event.

    Args:
        infos: a record for each panel, with the same training steps.
        labels: the words for signals.
    """
    panels = [_fan_panel(info, labels) if isinstance(info, FanInfo) else _event_panel(info) for info in infos]
    return LineChart(data={"factor": infos[0].factor, "panels": panels})


def beside(info: FanInfo, labels: Mapping[str, str]) -> LineChart:
    """Return one panel of medians with the middle half, the first in the colour of collapse, the next in escape's.

    Args:
        info: the signal of two settings.
        labels: the words for signals.
    """
    panel = _fan_panel(info, labels)
    for curve, state in zip(panel["curves"], ("collapsed", "escaped"), strict=False):
        curve |= {"tone": STATE_COLOURS[state], "bands": curve["bands"][1:]}
    return LineChart(data={"factor": info.factor, "panels": [panel]})


def _fan_panel(info: FanInfo, labels: Mapping[str, str]) -> dict[str, Any]:
    bands = len(info.fans) <= CROWD
    curves: list[dict[str, Any]] = []
    for fan in info.fans:
        tone = STATE_COLOURS.get(fan.label) if info.factor == "state" else None
        low, lower, median, upper, high = (_rounded(values) for values in fan.quantiles)
        curves.append(
            {
                "label": f"{fan.label} (n={fan.n})",
                "tone": tone or colour(fan.position),
                "dash": dashes(fan.position),
                "steps": _rounded(fan.steps),
                "line": median,
                "bands": [[low, high], [lower, upper]] if bands else [],
            }
        )
    for state, steps, values in info.lines.values():
        tone, dash = STATE_COLOURS[state], dashes(STATES.index(state))
        curve = {"label": state, "tone": tone, "dash": dash, "steps": _rounded(steps), "line": _rounded(values)}
        curves.append({**curve, "bands": []})
    whole = info.signal in WHOLE
    return {
        "title": labels.get(info.signal, info.signal),
        "curves": curves,
        "whole": whole,
        "reference": info.reference,
    }


def _event_panel(info: IncidenceInfo) -> Json:
    bands = len(info.curves) <= CROWD
    curves = [_event_curve(curve, bands=bands) for curve in info.curves]
    return {"title": f"probability of {info.event}", "curves": curves, "whole": True, "reference": None}


def _event_curve(curve: Curve, *, bands: bool) -> Json:
    rival = curve.competing if curve.competing is not None and np.any(curve.competing > 0) else None
    return {
        "label": f"{curve.label} (n={curve.n})",
        "tone": colour(curve.position),
        "dash": dashes(curve.position),
        "steps": _rounded(curve.steps),
        "line": _rounded(curve.value),
        "bands": [[_rounded(curve.low), _rounded(curve.high)]] if bands else [],
        "rival": None if rival is None else _rounded(rival),
        "risk": curve.at_risk.astype(int).tolist(),
    }


def _rounded(values: np.ndarray) -> list[Json]:
    """Return three digits of each number, which is more than a screen shows; None where there is none."""
    return [float(f"{value:.3g}") if math.isfinite(value) else None for value in np.asarray(values, float).tolist()]
