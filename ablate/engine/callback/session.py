"""Remember one `fit`: its rows, what was seen of it, and the weights that it began with."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import numpy as np

from ablate.core.errors import one_line
from ablate.engine.any_backend import keras
from ablate.engine.as_is import answers
from ablate.engine.callback import sample
from ablate.engine.callback.call_of_fit import Call
from ablate.engine.callback.records import Course, Epoch, Look
from ablate.engine.callback.untouched import untouched
from ablate.engine.inspection import data
from ablate.engine.inspection.accuracy import best_cut, most, named
from ablate.engine.inspection.records import Labels
from ablate.engine.inspection.rows import Rows, arrays, mapped

ROWS = 256
"""Training rows of a look."""

NUMBERS = 2_000_000
"""Numbers in the inputs of a look at most, unless a batch of `fit` has more."""

WEIGHTS = 3_000_000
"""Models of at most so many weights have the size of their updates measured, and keep their first weights."""

KEPT = 200_000_000
"""Models of at most so many weights are kept at a finding, so that a proof can go on from there."""


class Session:
    """What is known of one `fit`.

    Attributes:
        model: the model.
        call: how `fit` was called.
        rows: rows to look at; None if they cannot be read.
        labels: what the labels of all training rows are; None without rows.
        bad_rows: training rows with NaN or infinity; None if not counted.
        kind: what the labels are: `classes`, or why no accuracy can be counted.
        total, per_epoch: steps of the whole `fit` and of an epoch; None if unknown.
        hidden: what cannot be looked at, with the reason.
        first: trained weights before the first step; empty if they are too many.
        cut: with one output, the best accuracy that one cut through it gives; else None.
        foreign: whether the validation rows are not those of `fit`.
        bad: the last step with a finite loss, and the first without; None while all are finite.
    """

    def __init__(self, model: Any, call: Call | None, validation: Any, params: dict[str, Any]) -> None:
        self.model, self.call = model, call or Call()
        self.hidden: list[str] = [] if call else ["how `fit` was called"]
        self.rows: Rows | None = None
        self.labels: Labels | None = None
        self.bad_rows: int | None = None
        self.kind = "unknown"
        self.per_epoch: int | None = params.get("steps")
        epochs = int(params.get("epochs") or 1) - int(self.call.arguments.get("initial_epoch", 0))
        self.total = self.per_epoch * epochs if self.per_epoch else None
        self.looks: list[Look] = []
        self.epochs: list[Epoch] = []
        self.losses: list[tuple[int, float]] = []
        self.bad: tuple[int, int] | None = None
        self.step, self.ended = 0, False
        self.first: list[np.ndarray] = []
        self.before: list[np.ndarray] = []
        self.cut: float | None = None
        self.foreign = validation is not None
        self.observer = _observer(model)
        if call is not None:
            self._take(call, validation)

    def _take(self, call: Call, validation: Any) -> None:
        try:
            whole = sample.taken(call, validation)
        except sample.HiddenError as error:
            self.hidden.append(f"training rows: {error}; give `validation=(x, y)`")
            if not _is_pair(validation if validation is not None else call.validation):
                return
            held = validation if validation is not None else call.validation
            whole = sample.taken(Call(x=held[0], y=held[1], arguments=call.arguments), held)
        kept = answers.read(whole.y)
        self.kind = kept.kind
        self.labels = data.labels(whole)
        self.bad_rows = sample.bad_rows(whole)
        self.rows = sample.sampled(whole)
        wide = max(1, sum(int(np.prod(part.shape[1:])) for part in arrays(self.rows.x)))
        self.count = min(len(self.rows.y), max(min(ROWS, NUMBERS // wide), min(self.rows.batch, ROWS)))
        self.few = sample.few(len(self.rows.y), self.count)
        if kept.kind not in ("classes", "texts"):
            self.hidden.append("accuracy: the labels are no classes")

    @property
    def counted(self) -> bool:
        """Return whether accuracies can be counted."""
        return self.rows is not None and self.kind == "classes"

    def keep_first(self) -> None:
        """Keep the trained weights as they are before the first step."""
        if _size(self.model) <= WEIGHTS:
            self.first = weights_of(self.model)
        else:
            self.hidden.append("the size of updates: the model has too many weights to copy at each look")

    def look(self, step: int, epoch: int) -> Look:
        """Look at the model and remember it.

        Args:
            step: training steps before now.
            epoch: epochs before now.
        """
        began = time.perf_counter()
        look = Look(step=step, epoch=epoch, rate=_rate(self.model))
        if self.rows is not None:
            with untouched(self.model):
                try:
                    look = self._judged(look)
                except Exception as error:  # noqa: BLE001 - a model may be anybody's code
                    self.hidden.append(f"predictions: {one_line(error)}")
                    self.rows = None
        if self.first:
            now = weights_of(self.model)
            with np.errstate(all="ignore"):
                norm = float(np.sqrt(sum(np.square(one, dtype=np.float64).sum() for one in now)))
            still = step > 0 and all(np.array_equal(a, b) for a, b in zip(now, self.first, strict=True))
            look = dataclasses.replace(look, norm=norm, still=still, finite=look.finite and bool(np.isfinite(norm)))
            self.before = now
        look = dataclasses.replace(look, seconds=time.perf_counter() - began)
        self.looks.append(look)
        return look

    def after_step(self) -> None:
        """Measure how much the step after a look has changed the weights."""
        if not self.before or self.step <= self.looks[-1].step:
            return
        now, before, self.before = weights_of(self.model), self.before, []
        with np.errstate(all="ignore"):
            change = sum(float(np.square(a - b, dtype=np.float64).sum()) for a, b in zip(now, before, strict=True))
            size = sum(float(np.square(b, dtype=np.float64).sum()) for b in before)
        ratio = float(np.sqrt(change / size)) if size > 0 else float(np.sqrt(change))
        self.looks[-1] = dataclasses.replace(self.looks[-1], update=ratio)

    def _judged(self, look: Look) -> Look:
        """Return a look with what the predictions show."""
        rows = self.rows
        assert rows is not None  # noqa: S101 - told to mypy
        x, y, weights = rows.few(self.few)
        made, loss, zero = self.observer.judged(x, y, weights)
        if self.counted and made.ndim != 2:
            self.kind = "several answers a row"
            self.hidden.append(f"accuracy: a row has an output of shape {made.shape[1:]}")
        result: dict[str, Any] = {"loss": loss, "zero_rows": zero, "finite": bool(np.isfinite(made).all())}
        if self.counted:
            labels = data.values(y)
            given = named(self.model, rows, made)
            result |= {"train": float(np.mean(given == labels)), "top_share": most(given)}
            self.cut = best_cut(made, labels)
        if rows.validation is not None and len(rows.validation[1]):
            result |= self._validated(rows)
        return dataclasses.replace(look, **result)

    def _validated(self, rows: Rows) -> dict[str, Any]:
        """Return accuracy and loss on the validation rows, in parts of as many rows as the training part has."""
        assert rows.validation is not None  # noqa: S101 - told to mypy
        x, y = rows.validation
        count, size = len(y), self.count
        right, losses, seen = 0, [], 0
        for begin in range(0, count if count <= size else count // size * size, size):
            order = np.resize(np.arange(begin, min(begin + size, count)), size)
            made, loss, _ = self.observer.judged(mapped(lambda part, order=order: part[order], x), y[order], None)  # type: ignore[misc]
            real = min(size, count - begin)
            if loss is not None:
                losses.append(loss)
            if self.counted:
                right += int((named(self.model, rows, made) == data.values(y[order]))[:real].sum())
            seen += real
        return {
            "validation": right / seen if self.counted and seen else None,
            "validation_loss": float(np.mean(losses)) if losses else None,
        }

    def reported(self, step: int, epoch: int, logs: Any) -> None:
        """Remember what `fit` reported at the end of an epoch.

        Args:
            step: training steps before its end.
            epoch: its number.
            logs: the figures.
        """
        plain = {str(name): float(value) for name, value in (logs or {}).items() if np.ndim(value) == 0}
        self.epochs.append(Epoch(step=step, epoch=epoch, logs=plain))

    def weights_now(self) -> list[np.ndarray]:
        """Return copies of all weights, as `set_weights` takes them; none if they are too many to keep."""
        weights = self.model.weights
        if sum(int(np.prod(one.shape)) for one in weights) > KEPT:
            return []
        return [np.array(one.numpy()) for one in weights]

    def course(self) -> Course:
        """Return what was seen so far."""
        rows = self.rows
        held = None if rows is None else rows.validation
        return Course(
            step=self.step,
            total=self.total,
            per_epoch=self.per_epoch,
            ended=self.ended,
            looks=tuple(self.looks),
            epochs=tuple(self.epochs),
            losses=tuple(self.losses),
            bad=self.bad,
            train_rows=0 if not self.counted else self.count,
            validation_rows=0 if held is None or not self.counted else len(held[1]),
            chance=0.0 if not self.counted or rows is None else most(data.values(rows.y[self.few])),
            validation_chance=0.0 if held is None or not self.counted else most(data.values(held[1])),
            classes=0 if self.labels is None else self.labels.classes,
            backend=str(keras.backend.backend()),
            hidden=tuple(self.hidden) + ((f"the loss: {self.observer.error}",) if self.observer.error else ()),
        )


def weights_of(model: Any) -> list[np.ndarray]:
    """Return copies of the trained weights."""
    return [np.array(weight.numpy()) for weight in model.trainable_variables]


def _size(model: Any) -> int:
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_variables)


def _rate(model: Any) -> float | None:
    try:
        rate = model.optimizer.learning_rate
        return float(rate.numpy() if hasattr(rate, "numpy") else rate)
    except Exception:  # noqa: BLE001 - an optimizer may be anybody's code
        return None


def _observer(model: Any) -> Any:
    if keras.backend.backend() == "tensorflow":
        from ablate.engine.callback.observer import Observer

        return Observer(model)
    from ablate.engine.callback.any_observer import AnyObserver

    return AnyObserver(model)


def _is_pair(held: Any) -> bool:
    return isinstance(held, list | tuple) and len(held) >= 2
