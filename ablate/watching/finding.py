"""Hold what a watched `fit` is found to suffer from."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ablate.audit import Evidence, Repair
from ablate.core import notebook_view
from ablate.watching.sign import SYMPTOMS


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that is wrong with a running `fit`, or that one should know of it.

    Attributes:
        code: what is seen, one of `sign.SYMPTOMS`.
        rule: short name of the rule that names the cause; empty if none does.
        cause: one of `ablate.stats.cause_list.ALL`; empty if unknown.
        sure: how sure the cause is, 0 to 1.
        severity: `error`, `warning` or `note`; a note is kept and not told.
        since: training steps before it began.
        epoch: epochs before it was seen.
        step: training steps before it was seen.
        what: what is seen, with figures.
        why: the cause in words, with figures; empty if unknown.
        evidence: the numbers behind it.
        repairs: what to do, the likeliest first.
        studies: what the guide says against the cause, with counts; empty for a cause that it does not list.
        others: further causes that are possible.
        unchecked: what could not be checked.
        unit: what `since` and `step` count: `step`, or `epoch` where the figures of epochs are all that is kept.
    """

    code: str
    rule: str = ""
    cause: str = ""
    sure: float = 0.0
    severity: str = "error"
    since: int = 0
    epoch: int = 0
    step: int = 0
    what: str
    why: str = ""
    evidence: tuple[Evidence, ...] = ()
    repairs: tuple[Repair, ...] = ()
    studies: str = ""
    others: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    unit: str = "step"

    @property
    def line(self) -> str:
        """Return the finding in one line."""
        do = f" Do: {self.repairs[0].words}." if self.repairs else ""
        why = f" {self.why}" if self.why else ""
        cause = f" [{self.cause}]" if self.cause else ""
        since = f" (since {self.unit} {self.since})" if self.since else ""
        return f"{SYMPTOMS[self.code]}{since}: {self.what}{why}{do}{cause}".replace("\n", " ")

    def text(self) -> str:
        """Return the finding in full."""
        from ablate.watching.texts import of_finding

        return of_finding(self)

    def json(self) -> dict[str, Any]:
        """Return the finding as plain values."""
        return asdict(self)

    def _repr_html_(self) -> str:
        return notebook_view.preformatted(self.text())
