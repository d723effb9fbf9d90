"""What a sweep did, and what to tell the user about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ablate.core import notebook_view
from ablate.core.filesystem import Place


@dataclass(frozen=True, kw_only=True, repr=False)
class Summary:
    """What a sweep did and what is there now.

    Attributes:
        study: its name.
        folder: results_dir/study.
        planned: trials of the study.
        kept: those with a result on the disk now.
        trained: those this sweep trained.
        states: the study's kept trials by state.
        failures: id and message of every failed trial of this sweep.
        seconds: how long it took.
        stopped: the signal that ended it early; empty if none did.
        report: the report's page; None if the sweep did not get so far.
    """

    study: str
    folder: Place
    planned: int
    kept: int
    trained: int
    states: Mapping[str, int] = field(default_factory=dict)
    failures: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0
    stopped: str = ""
    report: Place | None = None

    def text(self) -> str:
        """What to tell the user: what is kept, every failure, and how to go on."""
        lines = [f"Trial {name} failed: {message}" for name, message in self.failures]
        lines.append(f"{self.kept:,} of {self.planned:,} trials are kept in {self.folder}.")
        if self.stopped:
            lines.append(f"Stopped by {self.stopped}. The same command again trains the other trials only.")
        if self.report is not None:
            lines.append(f"Report: {self.report}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        state = f", stopped by {self.stopped}" if self.stopped else ""
        return f"<Summary of {self.study}: {self.kept:,} of {self.planned:,} trials in {self.folder}{state}>"

    def _repr_html_(self) -> str:
        rows = [(state, f"{count:,}") for state, count in self.states.items()]
        return notebook_view.preformatted(self.text()) + notebook_view.table(("state", "trials"), rows)
