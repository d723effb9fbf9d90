"""Hold the answer about a program: its state, the cause, one recommendation, and what was not tried."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from ablate.core import notebook_view
from ablate.try_remedies.judging import Tally

STATUS = {"healthy": 0, "outside": 2, "unknown": 130}
"""Exit status of a state; of all others 1 with a way out, and 3 without."""


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A likely cause.

    Attributes:
        name: one of `ablate.stats.cause_list.ALL`.
        meaning: what it is, in words.
        sure: how sure it is, 0 to 1.
        evidence: the numbers behind it.
    """

    name: str
    meaning: str
    sure: float
    evidence: str


@dataclass(frozen=True, kw_only=True)
class Option:
    """Changes that were tried.

    Attributes:
        names: short names.
        words: the changes in words.
        chosen_on: how it ended on the seeds that chose it.
        confirmed_on: how it ended on fresh seeds; None if it was not trained on any.
        patch: the lines that make the changes.
    """

    names: tuple[str, ...]
    words: tuple[str, ...]
    chosen_on: Tally
    confirmed_on: Tally | None = None
    patch: str = ""


@dataclass(frozen=True, kw_only=True, repr=False)
class Verdict:
    """The answer about a program.

    Attributes:
        program: the builder's name.
        state: one of `verdict_text.STATES`.
        says: why the state is what it is, if more than counts are to be said.
        baseline: how the program as it is ended.
        judged: what the baseline is, in words: as it is, or with rows shuffled before they are split.
        chance: accuracy of naming the most frequent class.
        bar: least accuracy that is above chance.
        reason: what is above chance, and why, in words.
        reachable: the best accuracy of an ordinary classifier or a trial; 0 if unknown.
        causes: likely causes, the likeliest first.
        recommended: the changes to make; None if none are known.
        next_best: the best changes beside them; None if none are known.
        tried: all changes that were trained, with how they ended.
        not_tried: names of changes that were not.
        left_out: parts of the program that could not be looked at, each in words.
        unchecked: what the audit could not check, each in words.
        findings: what the audit found: severity, what, advice.
        notes: what was decided for the user.
        command: what to do next.
        stopped: the signal, or `time`; empty if all was done.
        seconds: how long it took.
    """

    program: str
    state: str
    says: str = ""
    baseline: Tally
    judged: str = "as it is"
    chance: float = 0.0
    bar: float = 0.0
    reason: str = ""
    reachable: float = 0.0
    causes: tuple[Cause, ...] = ()
    recommended: Option | None = None
    next_best: Option | None = None
    tried: tuple[Option, ...] = ()
    not_tried: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    findings: tuple[tuple[str, str, str], ...] = ()
    notes: tuple[str, ...] = ()
    command: str = ""
    stopped: str = ""
    seconds: float = 0.0

    @property
    def status(self) -> int:
        """Return the exit status: 0 healthy, 1 stuck with a way out, 3 without, 2 outside, 130 stopped by a signal."""
        if self.stopped and self.stopped != "time":
            return 130
        return STATUS.get(self.state, 3 if self.recommended is None else 1)

    def json(self) -> dict[str, Any]:
        """Return the answer as plain values."""
        return {"status": self.status, **asdict(self)}

    def text(self) -> str:
        """Return the answer in words."""
        from ablate.try_remedies.verdict_text import text

        return text(self)

    def page(self, path: str | PathLike[str]) -> Path:
        """Write the answer as a page, and return where it lies."""
        from ablate.try_remedies import verdict_page

        return verdict_page.write(self, Path(path))

    def __repr__(self) -> str:
        way = f", way out: {' and '.join(self.recommended.names)}" if self.recommended else ""
        return f"<Verdict on {self.program}: {self.state}{way}>"

    def _repr_html_(self) -> str:
        from ablate.try_remedies.verdict_text import head, rows

        columns, *lines = rows(self)
        patch = notebook_view.preformatted(self.recommended.patch) if self.recommended else ""
        return (
            notebook_view.preformatted("\n".join(head(self)))
            + patch
            + notebook_view.table(columns, lines, "What was tried")
        )
