"""Read the running mean of the loss that `fit` keeps, and see when the loss is not finite or jumps."""

from __future__ import annotations

import math

import numpy as np

from ablate.engine.any_backend import keras
from ablate.engine.callback.session import Session

LOW, HIGH = 0.5, 0.9
"""A loss below the first share of the cross-entropy of guessing is low; above the second it is that of guessing."""

JUMPED = 3
"""So many readings of the loss in a row make an alarm: a single batch may be hard."""


class RunningLoss:
    """Hold what of the running mean was read.

    Attributes:
        session: the `fit`; losses, and the first step with one that is not finite, are noted there.
        at: the step at which to read next.
    """

    def __init__(self, session: Session) -> None:
        self.session, self.at, self._seen = session, 1, (0.0, 0.0)

    def begins(self) -> None:
        """Note that Keras has reset its running means, as it does in each epoch."""
        self._seen = (0.0, 0.0)

    def read(self, first: int) -> bool:
        """Note the mean loss of the steps since the last reading; return whether it could be read.

        Args:
            first: the step at which the epoch began.
        """
        session, model = self.session, self.session.model
        if keras.backend.backend() == "jax" and not getattr(model, "_jax_state_synced", True):
            return False  # JAX keeps the figures until a look asks for them
        tracker = getattr(model, "_loss_tracker", None)
        if tracker is not None and session.step > first:
            total, count = (float(variable.numpy()) for variable in (tracker.total, tracker.count))
            before, seen = self._seen
            if count > seen:
                session.losses.append((session.step, (total - before) / (count - seen)))
                if session.bad is None and not np.isfinite(total):
                    last = session.losses[-2][0] if len(session.losses) > 1 else 0
                    session.bad = (last, session.step)
                self._seen = (total, count)
        return True

    @property
    def jumped(self) -> bool:
        """Return whether the loss was low at the last look, and is that of guessing in the last JUMPED readings."""
        session = self.session
        if not session.looks or session.looks[-1].loss is None:
            return False
        guessing = math.log(max(2, session.labels.classes if session.labels is not None else 0))
        since = [loss for step, loss in session.losses[-JUMPED:] if step > session.looks[-1].step]
        return session.looks[-1].loss < LOW * guessing and len(since) == JUMPED and min(since) > HIGH * guessing
