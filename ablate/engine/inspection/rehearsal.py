"""Rehearse `fit` for a few seconds, and train on few rows under changed conditions."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from ablate.engine.inspection import data, observe
from ablate.engine.inspection.records import Layer, Probe, Rehearsal
from ablate.engine.inspection.restore import unchanged
from ablate.engine.inspection.rows import Rows, arrays, mapped
from ablate.engine.runtime import keras, tf

PARTS = 25
"""Parts of a rehearsal whose mean losses are kept."""

JUDGED = 512
"""Rows that accuracies are computed on."""

FEW = 32
"""Rows of a probe."""

PROBE_STEPS = 200
"""Steps of a probe at most."""

UPDATES = 8
"""Steps at either end of the rehearsal that the size of updates is the mean of."""


class _Clock:
    """Count the seconds of processor that this process used, or a quarter of the time that passed if that is more.

    So a rehearsal comes equally far on a busy machine.
    """

    def __init__(self) -> None:
        self.processor, self.passed = time.process_time(), time.monotonic()

    def seconds(self) -> float:
        return max(time.process_time() - self.processor, (time.monotonic() - self.passed) / 4)


class _Stopped(keras.callbacks.Callback):
    """Stop `fit` when the time is over; note losses, reported figures and the size of updates on the way."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds, self.clock, self.running = seconds, _Clock(), 0.0
        self.reported: dict[str, float] = {}
        self.losses: list[float] = []
        self.updates: list[float] = []
        self.before: list[np.ndarray] = []

    def _weights(self) -> list[np.ndarray]:
        return [np.array(weight) for weight in self.model.trainable_weights]

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002 - as Keras calls it
        self.running, self.batches = 0.0, 0

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
        if len(self.losses) < UPDATES or len(self.losses) % 10 == 0:
            self.before = self._weights()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
        total = float((logs or {}).get("loss", np.nan)) * (self.batches + 1)
        self.losses.append(total - self.running)
        self.running, self.batches = total, self.batches + 1
        if self.before:
            self.updates.append(_relative(self.before, self._weights()))
            self.before = []
        if len(self.losses) == 1:
            self.clock = _Clock()  # the first step also compiles
        if self.clock.seconds() > self.seconds:
            self.model.stop_training = True

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
        x, y, weights = rows.few(chosen)
        losses = np.asarray(clock.losses)
        own = _accuracies(model, rows, x, labels[chosen]) if not error else {}
        if look is not None and not error:
            kept = chosen[:256]
            x, y, weights = rows.few(kept)
            seen = {name: _plain(value) for name, value in look(_tensors(x), tf.constant(y), weights).items()}
        layers: tuple[Layer, ...] = ()
        penalty = float(sum(float(np.asarray(loss)) for loss in model.losses))
        if seen is not None:
            layers = observe.records(model, seen, None)
            slope = np.asarray(seen["slope"]).reshape(len(y), -1)
        drift = _norm(model) / start if start else None
    bad = np.flatnonzero(~np.isfinite(losses))
    metric = next((name for name in clock.reported if "acc" in name and not name.startswith("val_")), "")
    updates = clock.updates
    return Rehearsal(
        steps=len(losses),
        complete=len(losses) >= rows.per_epoch * int(fit.get("epochs", 1)),
        losses=tuple(float(part.mean()) for part in np.array_split(losses, PARTS) if len(part)),
        bad_step=int(bad[0]) if len(bad) else -1,
        reported=clock.reported.get(metric),
        reported_validation=clock.reported.get(f"val_{metric}"),
        metric=metric,
        chance=_most(labels),
        validation_chance=0.0 if rows.validation is None else _most(data.values(rows.validation[1])),
        loss=None if seen is None else float(seen["loss"]),
        penalty=penalty,
        first_update=float(np.mean(updates[:UPDATES])) if updates else None,
        update=float(np.mean(updates[-UPDATES:])) if updates else None,
        drift=drift,
        zero_rows=None if seen is None or not seen["known"] else float((slope == 0).all(axis=1).mean()),
        layers=layers,
        error=error,
        slope=_slope(losses),
        **{**dict.fromkeys(("train", "train_mode", "validation", "top_share", "best_cut")), **own},
    )


def _plain(value: Any) -> Any:
    return tf.nest.map_structure(np.asarray, value)


def _tensors(x: Any) -> Any:
    return mapped(tf.constant, x)


def _norm(model: Any) -> float:
    return float(np.sqrt(sum(float((np.asarray(w, np.float64) ** 2).sum()) for w in model.trainable_weights)))


def _most(labels: np.ndarray) -> float:
    return float(np.unique(labels, return_counts=True)[1].max() / len(labels))


def _slope(losses: np.ndarray) -> float:
    """Return the fall of the loss over the last half, divided by its standard error."""
    tail = losses[len(losses) // 2 :]
    if len(tail) < 8 or not np.isfinite(tail).all():
        return 0.0
    early, late = tail[: len(tail) // 2], tail[len(tail) // 2 :]
    error = np.sqrt(early.var() / len(early) + late.var() / len(late))
    return float((early.mean() - late.mean()) / error) if error > 0 else 0.0


def _predictions(model: Any, x: Any, count: int, batch: int, *, training: bool) -> np.ndarray:
    parts = []
    for start in range(0, count, batch):
        cut = slice(start, start + batch)
        part = model(mapped(lambda array, cut=cut: array[cut], x), training=training)  # type: ignore[misc]
        parts.append(np.asarray(keras.ops.convert_to_numpy(part), np.float64))
    return np.concatenate(parts)


def _accuracies(model: Any, rows: Rows, x: Any, labels: np.ndarray) -> dict[str, float | None]:
    """Return accuracies from predictions: of training rows in both modes, and of validation rows."""
    lowest, highest = float(data.values(rows.y).min()), float(data.values(rows.y).max())
    middle = (lowest + highest) / 2
    settings = model.loss.get_config() if hasattr(model.loss, "get_config") else {}
    if settings.get("from_logits"):
        middle = 0.0
    predictions = _predictions(model, x, len(labels), 256, training=False)
    chosen = _classes(predictions, middle, lowest, highest)
    result: dict[str, float | None] = {
        "train": float(np.mean(chosen == labels)),
        "top_share": _most(chosen),
        "best_cut": _best_cut(predictions, labels),
    }
    if rows.validation is not None:
        held = slice(0, JUDGED)
        other = mapped(lambda array: array[held], rows.validation[0])
        truth = data.values(rows.validation[1])[held]
        guesses = _classes(_predictions(model, other, len(truth), 256, training=False), middle, lowest, highest)
        result["validation"] = float(np.mean(guesses == truth))
    size = max(rows.batch, 2)
    whole = len(labels) // size * size or len(labels)
    cut = mapped(lambda array: array[:whole], x)
    moving = _classes(_predictions(model, cut, whole, size, training=True), middle, lowest, highest)
    result["train_mode"] = float(np.mean(moving == labels[:whole]))
    return result


def _classes(predictions: np.ndarray, middle: float, lowest: float, highest: float) -> np.ndarray:
    table = predictions.reshape(len(predictions), -1)
    if table.shape[1] > 1:
        return np.where(np.isfinite(table).all(axis=1), table.argmax(axis=1), -1)
    return np.where(table[:, 0] > middle, highest, lowest)


def _best_cut(predictions: np.ndarray, labels: np.ndarray) -> float | None:
    """Return the best accuracy that one cut through a single output gives, in either direction."""
    table = predictions.reshape(len(predictions), -1)
    classes = np.unique(labels, return_inverse=True)[1]
    if table.shape[1] > 1 or classes.max() != 1 or not np.isfinite(table).all():
        return None
    order = np.argsort(table[:, 0], kind="stable")
    ranked, ones = table[order, 0], classes[order]
    below = np.concatenate([[0], np.cumsum(ones == 0)])
    above = ones.sum() - np.concatenate([[0], np.cumsum(ones == 1)])
    allowed = np.concatenate([[True], ranked[1:] > ranked[:-1], [True]])
    right = (below + above)[allowed] / len(ones)
    return float(max(right.max(), 1 - right.min()))


def _balanced(labels: np.ndarray, count: int) -> np.ndarray:
    """Return some rows that hold the classes in equal parts."""
    order = np.random.default_rng(2).permutation(len(labels))
    classes = np.unique(labels)
    pools = [order[labels[order] == one] for one in classes]
    mixed = [pool[turn] for turn in range(count) for pool in pools if turn < len(pool)]
    return np.sort(np.asarray(mixed[:count]))


def compiled_probe(model: Any, rows: Rows, seconds: float) -> Probe:
    """Train on few rows as compiled, and put the model back.

    Args:
        model: the model, with a built optimizer.
        rows: the rows.
        seconds: time after which it is stopped.
    """
    few = _balanced(data.values(rows.y), FEW)
    x, y, _ = rows.few(few)
    with unchanged(model):
        losses: list[float] = []
        clock = _Clock()
        while len(losses) < 2 or (len(losses) < PROBE_STEPS and clock.seconds() < seconds):
            losses.append(float(np.asarray(model.train_on_batch(x, y, return_dict=True)["loss"])))
            model.reset_metrics()
            clock = _Clock() if len(losses) == 1 else clock
        return _probe(model, rows, x, few, losses)


def _probe(model: Any, rows: Rows, x: Any, few: np.ndarray, losses: list[float], labels: Any = None) -> Probe:
    truth = data.values(rows.y)[few] if labels is None else labels
    reached = _accuracies(model, rows, x, truth)
    return Probe(
        accuracy=reached["train"] or 0.0,
        train_mode=reached["train_mode"] or 0.0,
        chance=_most(truth),
        start=losses[0],
        end=losses[-1],
        rows=len(few),
        steps=len(losses),
    )


def free_probes(model: Any, rows: Rows, seconds: float) -> dict[str, Probe]:
    """Train on few rows with Adam under changed conditions, each from the given weights; put the model back.

    Args:
        model: a built model that is compiled with a loss.
        rows: the rows.
        seconds: time for each.

    Returns:
        `adam` (nothing else is changed), `scaled` (standardized inputs, where they are floats), `shuffled` (labels) and
        `zeroed` (inputs).
    """
    few = _balanced(data.values(rows.y), FEW)
    x, y, _ = rows.few(few)
    adam = keras.optimizers.Adam(0.003)
    adam.build(model.trainable_variables)
    started = [np.array(variable) for variable in adam.variables]

    @tf.function(autograph=False, reduce_retracing=True)  # type: ignore[untyped-decorator]
    def step(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            predictions = model(x, training=True)
            loss = model.compute_loss(x=x, y=y, y_pred=predictions, training=True)
        variables = model.trainable_variables
        slopes = tape.gradient(loss, [variable.value for variable in variables])
        adam.apply([tf.zeros_like(v.value) if g is None else g for g, v in zip(slopes, variables, strict=True)])
        return loss

    turned = np.random.default_rng(3).permutation(len(few))
    cases = {"adam": (x, y), "shuffled": (x, y[turned]), "zeroed": (mapped(np.zeros_like, x), y)}
    if all(np.issubdtype(array.dtype, np.floating) for array in arrays(x)):
        cases["scaled"] = (_standard(rows, x), y)
    result = {}
    for name, (inputs, labels) in cases.items():
        with unchanged(model):
            for variable, value in zip(adam.variables, started, strict=True):
                variable.assign(value)
            clock = _Clock()
            losses: list[float] = []
            tensors, truth = _tensors(inputs), tf.constant(labels)
            while len(losses) < 2 or (len(losses) < PROBE_STEPS and clock.seconds() < seconds):
                losses.append(float(step(tensors, truth)))
                clock = _Clock() if len(losses) == 1 else clock
            result[name] = _probe(model, rows, inputs, few, losses, data.values(labels))
    return result


def _standard(rows: Rows, x: Any) -> Any:
    """Return inputs with mean 0 and deviation 1 in each column, by all finite training rows."""
    parts = iter(arrays(rows.x))

    def scaled(array: np.ndarray) -> np.ndarray:
        whole = next(parts).astype(np.float64)
        whole = whole[np.isfinite(whole.reshape(len(whole), -1)).all(axis=1)]
        deviation = whole.std(axis=0)
        result = (array - whole.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
        return np.asarray(np.nan_to_num(result), array.dtype)

    return mapped(scaled, x)
