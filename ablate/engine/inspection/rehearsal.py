"""Rehearse `fit` for a few seconds."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from ablate.engine.inspection import data, observe, schedule
from ablate.engine.inspection.accuracy import JUDGED, accuracy, apart, best_cut, most, named, predictions
from ablate.engine.inspection.clock import Clock
from ablate.engine.inspection.loss_slope import slope
from ablate.engine.inspection.records import Rehearsal
from ablate.engine.inspection.restore import unchanged
from ablate.engine.inspection.rows import Rows, mapped, tensors
from ablate.engine.runtime import keras, tf

PARTS = 25
"""Parts of a rehearsal whose mean losses are kept."""

LONGER = 2.0
"""A rehearsal may take so many times its time if all of `fit` ends by then."""

UPDATES = 8
"""Steps at either end of the rehearsal that the size of updates is the mean of."""


class _Stopped(keras.callbacks.Callback):
    """Stop `fit` when the time is over; note losses, reported figures and the size of updates on the way."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds, self.clock, self.running, self.over = seconds, Clock(), 0.0, False
        self.reported: dict[str, float] = {}
        self.losses: list[float] = []
        self.rates: list[float] = []
        self.updates: list[float] = []
        self.before: list[np.ndarray] = []

    def _weights(self) -> list[np.ndarray]:
        return [np.array(weight.numpy()) for weight in self.model.trainable_weights]

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002 - as Keras calls it
        self.running, self.batches = 0.0, 0
        self.rate = float(self.model.optimizer.learning_rate)  # callbacks change it between epochs

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
        if len(self.losses) < UPDATES or len(self.losses) % 10 == 0:
            self.before = self._weights()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
        total = float((logs or {}).get("loss", np.nan)) * (self.batches + 1)
        self.losses.append(total - self.running)
        self.rates.append(self.rate)
        self.running, self.batches = total, self.batches + 1
        if self.before:
            self.updates.append(_relative(self.before, self._weights()))
            self.before = []
        if len(self.losses) == 1:
            self.clock = Clock()  # the first step also compiles
        if self.clock.seconds() > self.seconds * (LONGER if self._ends_soon() else 1):
            self.model.stop_training = self.over = True

    def _ends_soon(self) -> bool:
        """Return whether all of `fit` takes little more than the time for it: then its end is worth seeing."""
        total = int(self.params.get("steps") or 0) * int(self.params.get("epochs") or 0)
        return 0 < total * self.clock.seconds() <= LONGER * self.seconds * max(1, len(self.losses) - 1)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
        self.reported = {name: float(value) for name, value in (logs or {}).items()}


def _relative(before: list[np.ndarray], after: list[np.ndarray]) -> float:
    with np.errstate(all="ignore"):
        change = sum(float(((one.astype(np.float64) - two) ** 2).sum()) for one, two in zip(after, before, strict=True))
        size = sum(float((one.astype(np.float64) ** 2).sum()) for one in before)
    return float(np.sqrt(change / size)) if size > 0 else float(np.sqrt(change))


def rehearse(model: Any, rows: Rows, fit: Mapping[str, Any], seconds: float, look: observe.Pass | None) -> Rehearsal:
    """Run `fit` for some seconds, measure what it reached, and put the model back.

    Args:
        model: the model, with a built optimizer.
        rows: the rows.
        fit: arguments of `fit`, apart from the data; callbacks must be harmless.
        seconds: time after which it is stopped.
        look: a pass that observes the layers in inference mode; None if there is none.
    """
    clock = _Stopped(seconds)
    calls = [*fit.get("callbacks", ()), clock]
    arguments = {**fit, "callbacks": calls, "verbose": 0}
    labels, error, seen = data.values(rows.y), "", None
    chosen = np.random.default_rng(1).permutation(len(labels))[:JUDGED]
    with unchanged(model), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = _norm(model)
        try:
            model.fit(**rows.source, **arguments)
        except Exception as problem:  # noqa: BLE001 - what `fit` raises is a result
            error = f"{type(problem).__name__}: {problem}"
        losses = np.asarray(clock.losses)
        if look is not None and not error:
            x, y, weights = rows.few(chosen[:256])
            seen = {name: _plain(value) for name, value in look(tensors(x), tf.constant(y), weights).items()}
        layers = () if seen is None else observe.records(model, seen, None)
        zero_rows = None if seen is None or not seen["known"] else _zero_rows(np.asarray(seen["slope"]))
        penalty = schedule.penalty(model)
        accuracies = {} if error else _own(model, rows, chosen)
        drift = _norm(model) / start if start else None
    bad = np.flatnonzero(~np.isfinite(losses))
    metric = next((name for name in clock.reported if "acc" in name and not name.startswith("val_")), "")
    updates = clock.updates
    return Rehearsal(
        steps=len(losses),
        complete=len(losses) >= rows.per_epoch * int(fit.get("epochs", 1)) or not (clock.over or error),
        losses=tuple(float(part.mean()) for part in np.array_split(losses, PARTS) if len(part)),
        rates=tuple(float(part[-1]) for part in np.array_split(clock.rates, PARTS) if len(part)),
        bad_step=int(bad[0]) if len(bad) else -1,
        reported=clock.reported.get(metric),
        reported_validation=clock.reported.get(f"val_{metric}"),
        metric=metric,
        chance=most(labels),
        validation_chance=0.0 if rows.validation is None else most(data.values(rows.validation[1])),
        loss=None if seen is None else float(seen["loss"]),
        penalty=penalty,
        first_update=float(np.mean(updates[:UPDATES])) if updates else None,
        update=float(np.mean(updates[-UPDATES:])) if updates else None,
        drift=drift,
        zero_rows=zero_rows,
        layers=layers,
        error=error,
        slope=slope(losses),
        **{**dict.fromkeys(("train", "train_mode", "validation", "top_share", "best_cut", "apart")), **accuracies},
    )


def _zero_rows(slope: np.ndarray) -> float:
    return float((slope.reshape(len(slope), -1) == 0).all(axis=1).mean())


def _own(model: Any, rows: Rows, chosen: np.ndarray) -> dict[str, Any]:
    """Return accuracies from predictions: of training rows in both modes, and of validation rows."""
    x, labels = rows.few(chosen)[0], data.values(rows.y)[chosen]
    made = predictions(model, x, 256, training=False)
    guesses = named(model, rows, made)
    result = {
        "train": float(np.mean(guesses == labels)),
        "top_share": most(guesses),
        "best_cut": best_cut(made, labels),
        "apart": apart(made, labels),
    }
    if rows.validation is not None:
        held = mapped(lambda array: array[:JUDGED], rows.validation[0])
        result["validation"] = accuracy(model, rows, held, data.values(rows.validation[1])[:JUDGED])
    return {**result, "train_mode": accuracy(model, rows, x, labels, training=True)}


def _plain(value: Any) -> Any:
    return tf.nest.map_structure(np.asarray, value)


def _norm(model: Any) -> float:
    return float(np.sqrt(sum(float((np.asarray(w.numpy(), np.float64) ** 2).sum()) for w in model.trainable_weights)))
