"""Run a model in inference mode on few rows, on TensorFlow: predictions, loss, and the gradient at the output."""

from __future__ import annotations

from typing import Any

import numpy as np

from ablate.engine.inspection import observe
from ablate.engine.inspection.rows import Rows, tensors
from ablate.engine.runtime import tf


class Observer:
    """Look into a model on TensorFlow.

    Attributes:
        model: the model.
        error: why its loss cannot be computed outside its own `train_step`; empty if it can.
    """

    gradients = True

    def __init__(self, model: Any) -> None:
        self.model, self.error = model, ""
        self._look: observe.Pass | None = None

        @tf.function(autograph=False, reduce_retracing=True)  # type: ignore[untyped-decorator]
        def judged(x: Any, y: Any, weights: Any) -> Any:
            # The pass stands inside the tape, because a loss that loses the logits, by a reshape, reaches them through
            # the softmax alone.
            with tf.GradientTape() as tape:
                predictions = model(x, training=False)
                logits = getattr(predictions, "_keras_logits", None)
                source = predictions if logits is None else logits
                tape.watch(source)
                loss = model.compute_loss(x=x, y=y, y_pred=predictions, sample_weight=weights, training=False)
            slope = tape.gradient(loss, source)
            still = tf.reshape(slope, [tf.shape(slope)[0], -1]) if slope is not None else None
            share = -1.0 if still is None else tf.reduce_mean(tf.cast(tf.reduce_all(still == 0, axis=1), tf.float32))
            return tf.cast(predictions, tf.float32), tf.cast(loss, tf.float32), share

        @tf.function(autograph=False, reduce_retracing=True)  # type: ignore[untyped-decorator]
        def predicted(x: Any) -> Any:
            return tf.cast(model(x, training=False), tf.float32)

        self._judged, self._predicted = judged, predicted

    def judged(self, x: Any, y: np.ndarray, weights: Any) -> tuple[np.ndarray, float | None, float | None]:
        """Return predictions, mean loss, and the share of rows without a gradient at the output; None if not known.

        Args:
            x: inputs.
            y: labels.
            weights: sample weights; None without.
        """
        if not self.error:
            try:
                made, loss, share = self._judged(tensors(x), tf.constant(y), weights)
                return np.asarray(made), float(loss), None if float(share) < 0 else float(share)
            except Exception as error:  # noqa: BLE001 - a loss may be anybody's code
                self.error = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        return np.asarray(self._predicted(tensors(x))), None, None

    def passed(self, rows: Rows, few: np.ndarray) -> dict[str, Any]:
        """Return what one pass shows: predictions, loss, gradients and outputs of all layers.

        Args:
            rows: the rows.
            few: the training rows that pass.
        """
        if self._look is None:
            self._look = observe.tracer(self.model, training=False)
        x, y, weights = rows.few(few)
        seen: dict[str, Any] = tf.nest.map_structure(np.asarray, self._look(tensors(x), tf.constant(y), weights))
        return seen

    def layers(self, seen: dict[str, Any], classes: np.ndarray | None) -> Any:
        """Return the records of the layers.

        Args:
            seen: what `passed` returned.
            classes: class of each row, to measure what can be read from a layer; None measures none of that.
        """
        return observe.records(self.model, seen, classes)
