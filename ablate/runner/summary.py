"""Say what a sweep did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ablate.core import notebook_view
from ablate.core.filesystem import Place


@dataclass(frozen=True, kw_only=True, repr=False)
class Summary:
    """What a sweep did, and what is stored now.

    Attributes:
        study: the study's name.
        folder: the study's folder.
        planned: trials of the study.
        kept: trials of the study, as it was asked for now, that have a result on the disk.
        trained: trials that this sweep trained.
        states: the kept trials by state.
        endings: how many trials ended in which state, with their accuracy at the end.
        failures: id and message of every trial of this sweep that failed.
        seconds: how long the sweep took.
        stopped: the signal that ended the sweep early; empty if none did.
        report: the report's folder; None if the sweep was stopped before it was whole.
        status: what is stored, in sentences; the report begins with the same.
    """

    study: str
    folder: Place
    planned: int
    kept: int
    trained: int
    states: Mapping[str, int] = field(default_factory=dict)
    endings: str = ""
    failures: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0
    stopped: str = ""
    report: Place | None = None
    status: tuple[str, ...] = ()

    def text(self) -> str:
        """Say what failed, what is stored, and how to go on."""
        lines = [f"Trial {name} failed: {message}" for name, message in self.failures]
        if self.stopped:
            lines.append(f"{self.stopped} stopped the sweep. Run the same command again to train the missing trials.")
        where = f"Report: {self.report / 'report.html'}" if self.report is not None else f"Trials: {self.folder}"
        lines += [self.endings] if self.endings else []
        lines += [where, " ".join(self.status) or "No trial has a result yet."]
        return "\n".join(lines)

    def __repr__(self) -> str:
        state = f", stopped by {self.stopped}" if self.stopped else ""
        return f"<Summary of {self.study}: {self.kept:,} of {self.planned:,} trials in {self.folder}{state}>"

    def _repr_html_(self) -> str:
        rows = [(state, f"{count:,}") for state, count in self.states.items()]
        return notebook_view.preformatted(self.text()) + notebook_view.table(("state", "trials"), rows)
