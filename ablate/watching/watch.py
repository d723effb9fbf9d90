"""The callback of users: watch a `fit`, tell what is wrong, and prove it on request."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ablate import audit
from ablate.core import filesystem
from ablate.core.errors import ConfigError, FitError, one_line, unknown
from ablate.engine.callback.listener import Listener
from ablate.engine.callback.records import Course, Look
from ablate.engine.inspection.records import Inspection
from ablate.stats import cause_list
from ablate.watching import card, figure_signs, judge, symptoms, texts
from ablate.watching.finding import Finding
from ablate.watching.sign import SYMPTOMS, Symptom

if TYPE_CHECKING:
    from ablate.watching.proof import Luck, Proof

LOG = logging.getLogger("ablate.watch")

THEN = ("tell", "stop", "raise")

MOST_INSPECTIONS = 4
"""Times that a cause is looked for in one `fit` at most."""


class Watch(Listener):
    """Watch `fit`: silent while all is well, one line when it is not.

    `model.fit(..., callbacks=[ablate.Watch()])`. The training stays the same to the last bit.

    Attributes:
        findings: what was found in the `fit` that runs, or ran last, in order.
        fits: the findings of the `fit`s before.
        cost: what looking took.
        problems: errors of its own; they never end the training.
        refused: why a `fit` is not looked at; empty if it is.
    """

    def __init__(
        self,
        validation: Any = None,
        *,
        every: Literal["auto"] | int = "auto",
        cost: float = 0.03,
        then: Literal["tell", "stop", "raise"] = "tell",
        mute: Iterable[str] = (),
        on_finding: Callable[[Finding], None] | None = None,
        save: str | Path | None = None,
        writer: Any = None,
    ) -> None:
        """Make the callback.

        Args:
            validation: rows `(x, y)` to look at; None takes the `validation_data` of `fit`.
            every: steps from look to look; "auto" looks often at first, then as `cost` allows.
            cost: the share of the training time that looks may take; a short `fit` gets 1.5 seconds.
            then: what happens after a finding: "tell" a line, also "stop" the training, or "raise" `FitError`.
            mute: codes of findings, or causes, that are not told.
            on_finding: called with each finding.
            save: file that findings and looks are written to, as JSON.
            writer: a writer of `tf.summary`, which gets the figures of each look as scalars.

        Raises:
            ConfigError: a value is not possible.
        """
        super().__init__(validation=validation, cost=_share(cost), every=_steps(every))
        if then not in THEN:
            raise ConfigError(unknown("value of `then`", then, THEN))
        self.muted = {mute} if isinstance(mute, str) else set(mute)
        for name in self.muted - {*SYMPTOMS, *cause_list.ALL}:
            raise ConfigError(unknown("finding or cause in `mute`", name, (*SYMPTOMS, *cause_list.ALL)))
        self.then, self.on_finding, self.writer = then, on_finding, writer
        self.path = None if save is None else Path(save)
        self.findings: list[Finding] = []
        self.fits: list[tuple[Finding, ...]] = []
        self._asked: list[tuple[str, int]] = []
        self._fits = 0
        self.snapshot: list[Any] = []
        self.audited: tuple[audit.Finding, ...] = ()

    @property
    def finding(self) -> Finding | None:
        """Return the gravest finding; None if nothing is wrong."""
        told = [one for one in self.findings if one.severity != "note"]
        return min(told, key=lambda one: (one.severity != "error", -one.sure), default=None)

    @property
    def course(self) -> Course | None:
        """Return what was seen of the `fit` that runs, or ran last; None before the first."""
        return None if self.session is None else self.session.course()

    def prove(self, seeds: int = 8, **settings: Any) -> Proof:
        """Train the repairs of the named cause, from these weights and from fresh ones, beside repairs of others.

        Args:
            seeds: seeds of each.
            settings: `make_model` where the model cannot be built from itself, `data=(x, y)`, `minutes`, `workers`.

        Raises:
            ConfigError: nothing was found, or model or rows cannot be given to other processes.
        """
        from ablate.watching import experiments

        return experiments.prove(self, seeds=seeds, **settings)

    def is_it_luck(self, seeds: int = 64, **settings: Any) -> Luck:
        """Train the same model with other seeds and count how it ends.

        Args:
            seeds: how many.
            settings: as of `prove`.

        Raises:
            ConfigError: model or rows cannot be given to other processes.
        """
        from ablate.watching import experiments

        return experiments.is_it_luck(self, seeds=seeds, **settings)

    # What the listener tells.

    def begun(self, inspection: Inspection | None) -> None:
        """Tell what is wrong before the first step.

        Args:
            inspection: what was measured.
        """
        if self._fits:
            self.fits.append(tuple(self.findings))
        self._fits += 1
        self.findings, self._asked, self.snapshot, self.audited = [], [], [], ()
        for finding in judge.before(inspection)[:1]:
            self.audited = audit.findings(inspection) if inspection is not None else ()
            self._tell(finding)

    def declined(self) -> None:
        """Tell why this `fit` is not watched."""
        say(texts.of_course(None, self.cost, self.refused), self._show)

    def looked(self, look: Look) -> None:
        """Judge what was seen so far.

        Args:
            look: the look.
        """
        self._scalars(look)
        if look.step:
            self._judge()

    def over(self) -> None:
        """Judge the whole training, and write the file."""
        self._judge()
        course = self.course
        assert course is not None  # noqa: S101 - told to mypy
        if not self.findings:
            for seen in figure_signs.notes(course):
                self.findings.append(
                    Finding(code=seen.code, severity="note", since=seen.since, step=course.step,
                            epoch=len(course.epochs), what=seen.what)
                )  # fmt: skip
        self._write()

    def _judge(self) -> None:
        course = self.course
        seen = None if course is None else symptoms.symptom(course)
        if course is None or seen is None or not self._new(seen, course):
            return
        inspection = self.inspected()
        finding = judge.judged(seen, course, inspection)
        if finding is not None:
            self.audited = audit.findings(inspection) if inspection is not None else ()
            self._tell(finding)

    def _new(self, seen: Symptom, course: Course) -> bool:
        """Return whether the cause of a sign is worth looking for: once early, late, halfway, and at the end."""
        if any(one.code == seen.code for one in self.findings) or len(self._asked) >= MOST_INSPECTIONS:
            return False
        if seen.code in ("poor", "stuck", "unchanged", "apart") and any(f.code != "before" for f in self.findings):
            return False
        moment = 3 if course.ended else seen.settled + (seen.settled and seen.alone)
        if (seen.code, moment) in self._asked:
            return False
        self._asked.append((seen.code, moment))
        return True

    def _tell(self, finding: Finding) -> None:
        if {finding.code, finding.cause} & self.muted:
            return
        if any(one.cause == finding.cause and one.cause for one in self.findings) and finding.code in ("poor", "stuck"):
            self.findings.append(finding)
            return
        self.findings.append(finding)
        if not self.snapshot and self.session is not None:
            self.snapshot = self.session.weights_now()
        say(finding.line, self._show)
        if self.on_finding is not None:
            self.on_finding(finding)
        self._write()
        if self.then == "stop":
            self.model.stop_training = True
        if self.then == "raise":
            raise FitError(finding.line, finding)

    def _show(self) -> str:
        return self._repr_html_()

    def _write(self) -> None:
        """Write findings and looks to the file; a full disk is a problem of ours and not of the training."""
        if self.path is None:
            return
        try:
            filesystem.write(self.path, json.dumps(self.json(), indent=1, default=str).encode())
        except OSError as error:
            self.problems.append(f"{self.path} could not be written: {one_line(error)}")

    def json(self) -> dict[str, Any]:
        """Return what was found and seen as plain values."""
        from dataclasses import asdict

        course = self.course
        return {
            "findings": [finding.json() for finding in self.findings],
            "cost": {**asdict(self.cost), "share": self.cost.share},
            "course": None if course is None else asdict(course),
            "problems": self.problems,
            "refused": self.refused,
        }

    def text(self) -> str:
        """Return all findings in full, and what was watched."""
        told = [one.text() for one in self.findings] or ([] if self.refused else ["Nothing is wrong so far."])
        return "\n\n".join([*told, texts.of_course(self.course, self.cost, self.refused)])

    def _scalars(self, look: Look) -> None:
        if self.writer is None:
            return
        from ablate.engine.callback import scalars

        scalars.write(self.writer, look)

    def __repr__(self) -> str:
        finding = self.finding
        other = f"not watched: {self.refused}" if self.refused else "nothing is wrong so far"
        return f"<Watch: {finding.line if finding else other}>"

    def _repr_html_(self) -> str:
        findings = sorted(self.findings, key=lambda one: (one.severity != "error", -one.sure))
        return card.card(self.course, findings, texts.of_course(self.course, self.cost, self.refused))


def _steps(every: str | int) -> int | None:
    if every == "auto":
        return None
    if isinstance(every, bool) or not isinstance(every, int) or every < 1:
        raise ConfigError(f'`every` must be "auto" or a number of steps from 1 on. Received: {every!r}.')
    return every


def _share(cost: float) -> float:
    if isinstance(cost, bool) or not isinstance(cost, int | float) or not 0 < cost <= 1:
        raise ConfigError(f"`cost` must be a share above 0, up to 1. Received: {cost!r}.")
    return float(cost)


def say(line: str, html: Callable[[], str]) -> None:
    """Show a finding: as a card in a notebook, else as a line of the log `ablate.watch` and on standard error.

    Args:
        line: the finding in a line.
        html: makes the card.
    """
    shell = sys.modules.get("IPython")
    running = shell.get_ipython() if shell is not None and hasattr(shell, "get_ipython") else None
    if running is not None and type(running).__name__ == "ZMQInteractiveShell":
        display = sys.modules["IPython"].display
        display.display(display.HTML(html()))
        return
    if LOG.hasHandlers():
        LOG.warning(line)
        return
    print(f"\nablate.Watch: {line}", file=sys.stderr, flush=True)
