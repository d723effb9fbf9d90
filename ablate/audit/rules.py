"""Apply the rules of all kinds to an inspection, and put the findings in order."""

from __future__ import annotations

from ablate.audit import counted, data, head, labels, layers, lost, measuring, short_steps, training, untrained
from ablate.audit.finding import Finding
from ablate.engine.inspection.records import Inspection

KINDS = (head, counted, labels, data, measuring, untrained, short_steps, lost, layers, training)
"""One module for each kind of cause; each has a function `findings`."""

ORDER = ("error", "warning", "note")


def findings(inspection: Inspection) -> tuple[Finding, ...]:
    """Return all findings about a model and its data: errors first, and the likeliest first among equals."""
    every = [finding for kind in KINDS for finding in kind.findings(inspection)]
    return tuple(sorted(every, key=lambda finding: (ORDER.index(finding.severity), -finding.weight)))
