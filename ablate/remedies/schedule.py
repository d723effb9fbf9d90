"""`schedule`: how the learning rate moves: constant, warm-up, cosine, or reduced when the probe loss stops falling.

The first three are tables of one rate per step, so they stack as numbers. `plateau` follows the slot: Keras'
`ReduceLROnPlateau` rule, fed the probe loss at each look (look 0 left out: Keras speaks at the end of an epoch).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ablate.core.study import Budget, Json
from ablate.remedies._remedy import Kinds, Remedy, fields

KINDS: Kinds = {
    "constant": {},
    "warmup": {"steps": (int, 100)},
    "cosine": {"final": (float, 0.0)},
    "plateau": {
        "factor": (float, 0.5),
        "patience": (int, 3),
        "min_delta": (float, 1e-4),
        "cooldown": (int, 0),
        "minimum": (float, 0.0),
    },
}


def rates(params: Json, rate: float, budget: Budget) -> Any:
    """The learning rate of each step, [steps]; for `plateau` the rate it starts from.

    warm-up: rate * min(1, k / steps); cosine: rate * ((1 - final) * (1 + cos(pi k / budget)) / 2 + final), with k
    the steps already done, as in Keras' `CosineDecay`, which computes in float32 whatever the model's type.
    """
    import numpy as np

    done = np.arange(budget.steps, dtype=np.float32)
    if params["kind"] == "warmup":
        return np.float32(rate) * np.minimum(np.float32(1.0), done / np.float32(params["steps"]))
    if params["kind"] == "cosine":
        return _cosine(params["final"], rate, budget)
    return np.full(budget.steps, rate)


@lru_cache(maxsize=64)
def _cosine(final: float, rate: float, budget: Budget) -> Any:
    """Keras' own schedule, asked step by step inside a graph as in training: otherwise last bits differ."""
    import numpy as np
    import tensorflow as tf

    asked = tf.function(keras_rate({"kind": "cosine", "final": final}, rate, budget))
    found = np.array([asked(tf.constant(step, tf.int64)).numpy() for step in range(budget.steps)])
    found.setflags(write=False)
    return found


def keras_rate(params: Json, rate: float, budget: Budget) -> Any:
    """What a user of Keras passes as `learning_rate`: a number, or Keras' own schedule."""
    from keras.optimizers.schedules import CosineDecay

    if params["kind"] == "warmup":
        return CosineDecay(0.0, 10**9, warmup_target=rate, warmup_steps=params["steps"])
    if params["kind"] == "cosine":
        return CosineDecay(rate, budget.steps, alpha=params["final"])
    return rate


def keras_callbacks(params: Json) -> list[Any]:
    """Keras' own callback of the plateau rule, which hears of `val_loss`."""
    from keras.callbacks import ReduceLROnPlateau

    if params["kind"] != "plateau":
        return []
    own = {name: params[name] for name in ("factor", "patience", "min_delta", "cooldown")}
    return [ReduceLROnPlateau(monitor="val_loss", mode="min", min_lr=params["minimum"], **own)]


def baked(params: Json) -> Json:
    """Only `plateau` needs machinery in the program."""
    return {"kind": "plateau"} if params["kind"] == "plateau" else {}


def slot(params: Json, seed: int) -> dict[str, float]:
    """The plateau rule's numbers."""
    if params["kind"] != "plateau":
        return {}
    return {f"schedule.{name}": float(params[name]) for name in KINDS["plateau"]}


def start(rate: Any) -> dict[str, Any]:
    """The plateau rule's state before training: rate, best loss, looks waited, looks of cooldown left."""
    import tensorflow as tf

    zero = tf.zeros_like(rate)
    return {"rate": rate, "best": zero + rate.dtype.max, "wait": zero, "cooldown": zero}


def follow(state: dict[str, Any], loss: Any, number: Any) -> dict[str, Any]:
    """The plateau rule's state after one look: the rule of `keras.callbacks.ReduceLROnPlateau`, mode min."""
    import tensorflow as tf

    cooldown = tf.maximum(state["cooldown"] - 1, 0)
    wait = tf.where(state["cooldown"] > 0, tf.zeros_like(loss), state["wait"])
    better = loss < state["best"] - number("schedule.min_delta")
    wait = tf.where(better, tf.zeros_like(loss), tf.where(cooldown > 0, wait, wait + 1))
    cut = ~better & (cooldown <= 0) & (wait >= number("schedule.patience"))
    reduced = tf.maximum(state["rate"] * number("schedule.factor"), number("schedule.minimum"))
    lower = cut & (state["rate"] > number("schedule.minimum"))
    return {
        "rate": tf.where(lower, reduced, state["rate"]),
        "best": tf.where(better, loss, state["best"]),
        "wait": tf.where(lower, tf.zeros_like(loss), wait),
        "cooldown": tf.where(lower, number("schedule.cooldown"), cooldown),
    }


REMEDY = Remedy(
    name="schedule",
    neutral={"kind": "constant"},
    stacks="state",
    check=fields("schedule", KINDS),
    baked=baked,
    slot=slot,
    rates=rates,
    keras_rate=keras_rate,
    keras_callbacks=keras_callbacks,
)
