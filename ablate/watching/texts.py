"""Put findings into words, and the state of a watched `fit`."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from ablate.stats import cause_list
from ablate.watching.sign import SYMPTOMS

if TYPE_CHECKING:
    from ablate.engine.callback.records import Cost, Course
    from ablate.watching.finding import Finding

WIDTH = 110


def of_finding(finding: Finding) -> str:
    """Return a finding in full: what is seen, the cause, the evidence, what to do, what was not checked."""
    known = cause_list.ALL.get(finding.cause)
    lines = [f"{SYMPTOMS[finding.code]}{_when(finding)}", finding.what]
    if known is not None:
        lines.append(f"Cause: {known.meaning} ({finding.cause}, {_sure(finding.sure)}). {finding.why}".rstrip())
    else:
        lines.append("Cause: unknown.")
    lines += [
        f"  {one.name}: {one.value:.4g} (threshold {one.threshold:.4g}; healthy: {one.healthy})"
        for one in finding.evidence
    ]
    for number, repair in enumerate(finding.repairs):
        lines.append(f"{'Do' if number == 0 else 'Or'}: {repair.words}.")
        lines += [f"    {line}" for line in repair.keras]
    if finding.studies:
        lines.append(finding.studies)
    if finding.others:
        lines.append(f"Also possible: {', '.join(finding.others)}.")
    if finding.unchecked:
        lines.append(f"Not checked: {'; '.join(text.rstrip('.') for text in finding.unchecked)}.")
    return "\n".join(
        line if line.startswith("  ") else textwrap.fill(line, WIDTH, subsequent_indent="  ") for line in lines
    )


def _when(finding: Finding) -> str:
    """Return since when it is so, and when it was seen."""
    if finding.code == "before":
        return ""
    since = f"since {finding.unit} {finding.since}" if finding.since else "from the start"
    return f", {since} (seen at {finding.unit} {finding.step})"


def _sure(sure: float) -> str:
    return "nearly certain" if sure >= 0.9 else "likely" if sure >= 0.6 else "possible"


def of_course(course: Course | None, cost: Cost, refused: str) -> str:
    """Say in a line what was watched.

    Args:
        course: what was seen; None before the first `fit`.
        cost: what looking took.
        refused: why nothing is looked at; empty if something is.
    """
    if refused:
        return f"Not watched: {refused}."
    if course is None:
        return "No `fit` has been watched yet."
    hidden = f" Not seen: {'; '.join(course.hidden)}." if course.hidden else ""
    return (
        f"{course.step} steps, {len(course.looks)} looks; {cost.before:.1f} s before the first step, "
        f"{cost.share:.1%} of the training for looks, {cost.finding:.1f} s for finding causes.{hidden}"
    )
