"""Hold what experiments say of a finding, and how often a training ends in which state."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ablate.core import notebook_view
from ablate.try_remedies.judging import Tally
from ablate.watching.finding import Finding


@dataclass(frozen=True, kw_only=True)
class Tried:
    """How a change ended.

    Attributes:
        name: the change; `as it is` for none.
        words: the change in words.
        of_cause: whether it is a repair of the named cause.
        prevention: counts from fresh weights.
        rescue: counts from the weights at the finding; None if there are none.
        patch: the lines that make the change.
    """

    name: str
    words: str
    of_cause: bool
    prevention: Tally
    rescue: Tally | None = None
    patch: str = ""

    @property
    def learned(self) -> int:
        """Return how many networks learned, from fresh weights and from those at the finding."""
        return self.prevention.learned + (self.rescue.learned if self.rescue is not None else 0)


@dataclass(frozen=True, kw_only=True, repr=False)
class Proof:
    """What the experiments say of a finding.

    Attributes:
        finding: the finding.
        baseline: the training as it is.
        tried: the changes, repairs of the named cause first.
        seconds: what it took.
        stopped: what stopped it; empty if all was done.
    """

    finding: Finding
    baseline: Tried
    tried: tuple[Tried, ...] = ()
    seconds: float = 0.0
    stopped: str = ""

    @property
    def best(self) -> Tried | None:
        """Return the repair of the named cause that works best; None if none works."""
        mine = [one for one in self.tried if one.of_cause and one.prevention.learned]
        return max(mine, key=lambda one: (one.prevention.learned, one.learned, one.prevention.accuracy), default=None)

    @property
    def confirmed(self) -> bool:
        """Return whether a repair of the named cause works on all seeds but one, and the training as it is does not.

        Repairs of other causes must work less often than it: from fresh weights and from those at the finding together,
        because what only keeps a network out of a trap does not show what holds it there.
        """
        best, base = self.best, self.baseline.prevention
        if best is None or best.prevention.learned < max(1, best.prevention.trials - 1):
            return False
        others = [one.learned for one in self.tried if not one.of_cause]
        return base.learned <= base.trials / 2 and max(others, default=0) < best.learned

    def json(self) -> dict[str, Any]:
        """Return the proof as plain values."""
        return {"confirmed": self.confirmed, **asdict(self)}

    def text(self) -> str:
        """Return the proof in words, with the lines of the best repair."""
        cause = self.finding.cause or "unknown"
        lines = [f"Cause {cause}: {'confirmed' if self.confirmed else 'not confirmed'} by experiments."]
        lines += [f"  {name:42s} {role:14s} {ended}" for name, role, ended in self._rows()]
        best = self.best
        if best is not None:
            lines += [f"Do: {best.words}. Its lines, as they were trained:", *_indented(best.patch)]
        if self.stopped:
            lines.append(f"{self.stopped} before all was trained: the counts are those of the trials that ended.")
        return "\n".join([*lines, f"{self.seconds:.0f} s."])

    def _rows(self) -> list[tuple[str, str, str]]:
        rows = []
        for one in (self.baseline, *self.tried):
            role = "" if one is self.baseline else "named cause" if one.of_cause else "other cause"
            rescue = f"; from the weights at the finding: {one.rescue.words}" if one.rescue is not None else ""
            rows.append((one.name, role, f"from fresh weights: {one.prevention.words}{rescue}"))
        return rows

    def __repr__(self) -> str:
        return f"<Proof of {self.finding.cause or 'an unknown cause'}: {'' if self.confirmed else 'not '}confirmed>"

    def _repr_html_(self) -> str:
        table = notebook_view.table(("change", "repairs", "how it ended"), self._rows(), repr(self)[1:-1])
        return table + (notebook_view.preformatted(self.best.patch) if self.best else "")


@dataclass(frozen=True, kw_only=True, repr=False)
class Luck:
    """How often a training ends in which state, over seeds.

    Attributes:
        counts: how the trials ended.
        low, high: Wilson's 95 % interval of the share that learns.
        seconds: what it took.
        stopped: what stopped it; empty if all was done.
    """

    counts: Tally
    low: float
    high: float
    seconds: float = 0.0
    stopped: str = ""

    def json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)

    def text(self) -> str:
        """Return it in words."""
        by_state = ", ".join(f"{count} {state}" for state, count in sorted(self.counts.states.items()))
        return (
            f"{self.counts.learned} of {self.counts.trials} seeds learn (95 % interval {self.low:.2f} to "
            f"{self.high:.2f}): {by_state}; accuracy {self.counts.low:.2f} to {self.counts.high:.2f}."
            + (f" {self.stopped} before all seeds were trained." if self.stopped else "")
        )

    def __repr__(self) -> str:
        return f"<Luck: {self.text()}>"


def _indented(text: str) -> list[str]:
    return [f"    {line}" for line in text.splitlines()]
