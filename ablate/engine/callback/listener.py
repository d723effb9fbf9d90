"""The Keras callback: hear of each step of `fit`, look at the planned moments, and let no error of its own reach it."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from ablate.core.errors import FitError, one_line, value_or_error
from ablate.engine.any_backend import keras
from ablate.engine.callback import call_of_fit, inspecting
from ablate.engine.callback.pace import Pace
from ablate.engine.callback.records import Cost, Look
from ablate.engine.callback.running_loss import RunningLoss
from ablate.engine.callback.session import Session
from ablate.engine.inspection.records import Inspection

MOST_PROBLEMS = 3
"""After so many errors of its own in one `fit` a listener looks no more."""

LOOKS = 60
"""A `fit` gets at least so many looks if the cost allows."""


class Listener(keras.callbacks.Callback):
    """Hear of a `fit` and look into it.

    `on_train_batch_end` is not defined: Keras then turns every step's figures into numbers before the next step begins.

    Attributes:
        session: what is known of the `fit` that runs, or ran last; None before the first.
        problems: errors of its own, each in one line.
        refused: why a `fit` is not looked at; empty if it is.
    """

    def __init__(self, *, validation: Any = None, cost: float = 0.03, every: int | None = None) -> None:
        super().__init__()
        self.validation, self.share, self.every = validation, cost, every
        self.session: Session | None = None
        self.problems: list[str] = []
        self.refused = ""
        self._nested = 0

    # What a subclass does at these moments.

    def begun(self, inspection: Inspection | None) -> None:
        """Hear what was measured before the first step."""

    def declined(self) -> None:
        """Hear that this `fit` is not looked at."""

    def looked(self, look: Look) -> None:
        """Hear of a look."""

    def over(self) -> None:
        """Hear that `fit` has come to its end."""

    # What Keras calls.

    def on_train_begin(self, logs: Any = None) -> None:
        """Read how `fit` was called and look at the untrained model.

        Args:
            logs: nothing yet.
        """
        del logs
        self._nested, kept = 1, self.problems
        self.problems = []
        self._safely(self._count)
        if self._nested == 1:
            self._safely(self._begin)
        else:
            self.problems = kept

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Note that the running means of `fit` begin anew.

        Args:
            epoch: the epoch's number.
            logs: nothing.
        """
        del epoch, logs
        if self.session is not None and self._nested == 1:
            self._loss.begins()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Look at what the steps before have done, if it is time.

        Args:
            batch: the batch of the epoch.
            logs: nothing.
        """
        del logs
        if self.session is None or self._nested != 1:
            return
        began = time.perf_counter()
        self.session.step = self._base + batch
        if self.session.before or self.session.step >= self._loss.at or self.session.step >= self._pace.next:
            self._safely(self._step)
        else:
            self._pace.steps += time.perf_counter() - began

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Look, and remember what `fit` reports.

        Args:
            epoch: the epoch's number.
            logs: the figures.
        """
        if self.session is not None and self._nested == 1:
            self._safely(lambda: self._epoch(epoch, logs))

    def on_train_end(self, logs: Any = None) -> None:
        """Look a last time.

        Args:
            logs: the figures of the last epoch.
        """
        del logs
        self._nested = max(0, self._nested - 1)
        if self.session is not None and self._nested == 0:
            self._safely(self._end)

    # The parts.

    def _count(self) -> None:
        self._nested = max(1, call_of_fit.depth(self))  # a `fit` that raised an error has not told its end

    def _begin(self) -> None:
        self._pace, self._began = Pace(self.share), time.perf_counter()
        self._base, self._before = 0, 0.0
        self.session = None
        self.refused = _refusal(self.model)
        if self.refused:
            self.declined()
            return
        call = call_of_fit.read(self.model)
        session = Session(self.model, call, self.validation, dict(self.params or {}))
        if not session.model.trainable_variables:
            value_or_error(lambda: session.look(0, 0))  # builds a model whose layers have no weights yet
            session.looks.clear()
        session.keep_first()
        first, problem = value_or_error(lambda: session.look(0, 0))
        inspection, other = value_or_error(lambda: inspecting.before(session))
        self.problems += [text for text in (problem, other) if text]
        self.session, self._loss = session, RunningLoss(session)
        self._pace.looked(0, 0.0, self.every or 1, fixed=self.every is not None)
        self._before = time.perf_counter() - self._began
        self._started = time.perf_counter()
        self.begun(inspection)
        if first is not None:
            self.looked(first)

    def _step(self) -> None:
        session, began = self.session, time.perf_counter()
        assert session is not None  # noqa: S101 - told to mypy
        if session.before or session.step >= self._pace.next:
            _synchronized(session.model)
        if session.before:
            session.after_step()
        if session.step >= self._loss.at:
            self._read_loss()
            if self.every is None and self._loss.jumped:
                self._pace.alarm(session.step)
        passed = began - self._began
        due = self._pace.due(session.step, passed) or (session.bad is not None and not self._told_bad())
        if due and session.step > 0:
            self._look()
        elif session.step >= self._pace.next:
            self._pace.next = session.step + max(1, session.step // 20)
        if not due:
            self._pace.steps += time.perf_counter() - began

    def _gap(self) -> int:
        """Return the steps from look to look at most: so that no look comes late for what a person could see."""
        assert self.session is not None  # noqa: S101 - told to mypy
        if self.every is not None:
            return self.every
        total, per_epoch = self.session.total or 0, self.session.per_epoch or 0
        if self._pace.urgent:
            return max(1, per_epoch // 4)
        return max(1, total // LOOKS, per_epoch // 4) if total or per_epoch else 10_000

    def _epoch_counts(self) -> bool:
        """Return whether to look at the end of this epoch: where epochs are many and short, not each needs a look."""
        session = self.session
        assert session is not None  # noqa: S101 - told to mypy
        total, last = session.total or 0, session.looks[-1].step if session.looks else 0
        short = (session.per_epoch or 0) < total // LOOKS
        return self.every is not None or not short or session.step >= total or session.step - last >= total // LOOKS

    def _told_bad(self) -> bool:
        assert self.session is not None  # noqa: S101 - told to mypy
        return bool(self.session.looks) and self.session.looks[-1].step >= (self.session.bad or (0, 0))[1]

    def _read_loss(self) -> None:
        """Read the running mean of the loss, and choose when to read it next."""
        assert self.session is not None  # noqa: S101 - told to mypy
        every = 1
        if self._loss.read(self._base):
            self._pace.read(time.perf_counter() - self._started)
            every = self._pace.every
        self._loss.at = self.session.step + every

    def _look(self) -> None:
        session, began = self.session, time.perf_counter()
        assert session is not None  # noqa: S101 - told to mypy
        _synchronized(session.model)
        self._read_loss()
        self._heard(session.look(session.step, len(session.epochs)), began)

    def _heard(self, look: Look, began: float) -> None:
        """Pass a look on, and note what it took, apart from finding causes."""
        finding = self._pace.finding
        try:
            self.looked(look)
        finally:
            took = time.perf_counter() - began - (self._pace.finding - finding)
            self._pace.looked(look.step, took, self._gap(), fixed=self.every is not None)

    def _epoch(self, epoch: int, logs: Any) -> None:
        session = self.session
        assert session is not None  # noqa: S101 - told to mypy
        steps = session.per_epoch or (session.step - self._base + int(getattr(session.model, "steps_per_execution", 1)))
        began = time.perf_counter()
        self._base += steps
        session.step = self._base
        session.reported(session.step, epoch, logs)
        loss = session.epochs[-1].logs.get("loss", 0.0)
        if session.bad is None and not np.isfinite(loss):
            session.bad = (session.losses[-1][0] if session.losses else 0, session.step)
        self._loss.begins()
        self._loss.at = session.step + 1
        due = self._pace.affords(began - self._began) and self._epoch_counts()
        if due or (session.bad is not None and not self._told_bad()):
            look = session.look(session.step, len(session.epochs))
            session.before = []  # between epochs there is more than one step's change: callbacks, validation
            self._heard(look, began)

    def _end(self) -> None:
        session = self.session
        assert session is not None  # noqa: S101 - told to mypy
        session.ended = True
        if session.looks and session.looks[-1].step != session.step:
            session.look(session.step, len(session.epochs))
        self.over()
        self._finished = time.perf_counter()

    def inspected(self) -> Inspection | None:
        """Return all that can be measured now; what it takes is counted as finding, and not as looking."""
        began = time.perf_counter()
        assert self.session is not None  # noqa: S101 - told to mypy
        try:
            return inspecting.during(self.session)
        finally:
            self._pace.finding += time.perf_counter() - began

    @property
    def cost(self) -> Cost:
        """Return what looking took in the `fit` that runs, or ran last."""
        if self.session is None:
            return Cost()
        pace, until = self._pace, getattr(self, "_finished", None) if self.session.ended else None
        passed = (until or time.perf_counter()) - self._started
        spent = pace.looking + pace.finding + pace.steps
        return Cost(
            before=self._before,
            looking=pace.looking,
            finding=pace.finding,
            steps=pace.steps,
            training=max(0.0, passed - spent),
        )

    def _safely(self, part: Callable[[], None]) -> None:
        """Run a part; only what the user asked to be raised comes out of it."""
        if len(self.problems) >= MOST_PROBLEMS:
            return
        try:
            part()
        except FitError:
            raise
        except Exception as error:  # noqa: BLE001 - an error in here must not end anybody's training
            where = traceback.extract_tb(error.__traceback__)[-1]
            self.problems.append(f"{one_line(error)} ({where.filename.rpartition('/')[2]}:{where.lineno})")


def _synchronized(model: Any) -> None:
    """Bring the weights of a JAX training into the model's variables."""
    if keras.backend.backend() == "jax":
        model.jax_state_sync()


def _refusal(model: Any) -> str:
    """Return why a training cannot be looked at; empty if it can."""
    strategy = getattr(model, "_distribute_strategy", None) or getattr(model, "distribute_strategy", None)
    replicas = int(getattr(strategy, "num_replicas_in_sync", 1))
    name = type(strategy).__name__
    if replicas > 1 or name not in ("NoneType", "_DefaultDistributionStrategy"):
        return f"the training is distributed ({name}, {replicas} replicas), and only one of them could be looked at"
    distribution = keras.distribution.distribution()
    if distribution is not None:
        return f"the training is distributed ({type(distribution).__name__}): weights lie on several devices"
    return ""
