"""Draw the card that a notebook shows for a watched `fit`: the finding, and small curves."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

from ablate.engine.callback.records import Course
from ablate.watching.finding import Finding
from ablate.watching.sign import SYMPTOMS

WIDTH, HEIGHT = 180, 48

COLOURS = {"error": "#d55e00", "warning": "#e69f00", "note": "#999999", "": "#009e73"}


def card(course: Course | None, findings: Sequence[Finding], line: str) -> str:
    """Return the card as HTML.

    Args:
        course: what was seen; None before the first `fit`.
        findings: the findings, the gravest first.
        line: what was watched, in a line.
    """
    first = findings[0] if findings else None
    colour = COLOURS[first.severity if first else ""]
    title = SYMPTOMS[first.code] if first else "Not watched" if course is None else "Nothing is wrong so far"
    body = "".join(f"<pre style='white-space:pre-wrap;margin:4px 0'>{html.escape(f.text())}</pre>" for f in findings)
    curves = "" if course is None else _curves(course, first)
    return (
        f"<div style='border-left:4px solid {colour};padding:4px 10px;margin:4px 0'><b>{html.escape(title)}</b>"
        f"{curves}{body}<small>{html.escape(line)}</small></div>"
    )


def _curves(course: Course, finding: Finding | None) -> str:
    looks = course.looks
    since = finding.since if finding else None
    named = {
        "accuracy, training": [(look.step, look.train) for look in looks],
        "accuracy, validation": [(look.step, look.validation) for look in looks],
        "loss": [(look.step, look.loss) for look in looks],
        "rows without gradient": [(look.step, look.zero_rows) for look in looks],
        "update over weights": [(look.step, look.update) for look in looks],
    }
    drawn = [
        curve(name, [(step, value) for step, value in points if value is not None], since)
        for name, points in named.items()
    ]
    return f"<div style='display:flex;flex-wrap:wrap;gap:12px'>{''.join(drawn)}</div>"


def curve(name: str, points: Sequence[tuple[float, float]], since: float | None) -> str:
    """Return a small curve as SVG with its last value; empty without two points.

    Args:
        name: what it shows.
        points: steps and values; those that are not finite are left out.
        since: the step at which a line is drawn; None for none.

    Examples:
        >>> curve("loss", [(0, 1.0)], None), curve("loss", [(0, 2.0), (9, 1.0)], 5).count("<line")
        ('', 1)
    """
    points = [(step, value) for step, value in points if math.isfinite(value)]
    if len(points) < 2:
        return ""
    steps, values = [p[0] for p in points], [p[1] for p in points]
    low, high = min(values), max(values)
    wide, tall = (steps[-1] - steps[0]) or 1, (high - low) or 1
    path = " ".join(
        f"{(step - steps[0]) / wide * WIDTH:.1f},{HEIGHT - (value - low) / tall * HEIGHT:.1f}" for step, value in points
    )
    mark = ""
    if since is not None and steps[0] <= since <= steps[-1]:
        place = (since - steps[0]) / wide * WIDTH
        mark = f"<line x1='{place:.1f}' x2='{place:.1f}' y1='0' y2='{HEIGHT}' stroke='#d55e00' stroke-dasharray='3'/>"
    return (
        f"<figure style='margin:4px 0'><svg width='{WIDTH}' height='{HEIGHT}' style='overflow:visible'>"
        f"<polyline points='{path}' fill='none' stroke='#0072b2'/>{mark}</svg>"
        f"<figcaption><small>{html.escape(name)}: {low:.3g} to {high:.3g}, now {values[-1]:.3g}</small></figcaption>"
        "</figure>"
    )
