"""`schedule`: the learning rate over time: constant, warm-up, cosine, or cut when the validation loss stops falling.

The first three are tables of one rate per step, so all slots can have their own. `plateau` changes the rate while the
slot trains, by the rule of Keras's `ReduceLROnPlateau`. The rule gets the validation loss of each evaluation but the
first, because Keras applies it at the end of an epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ablate.core.parameters import Field
from ablate.core.study import Budget, Json
from ablate.remedies._lazy import keras, np, tf
from ablate.remedies._remedy import Lines, Remedy, fields, needed

SCHEDULE = "schedule"


@dataclass(frozen=True, kw_only=True)
class Rates:
    """One kind of schedule.

    Attributes:
        parameters: parameters, by name, with their defaults.
        table: (parameters, rate, budget) -> the learning rate of each step, [steps].
        keras: (parameters, rate, budget) -> the value of a Keras optimizer's `learning_rate`; the rate by default.
        rate: parameters -> `learning_rate` as source text, where `{rate}` stands for the number; empty: the number.
        fit: parameters -> arguments of `model.fit` as source text.
    """

    parameters: Mapping[str, Field] = field(default_factory=dict)
    table: Callable[[Json, float, Budget], Any] = needed("a function (parameters, rate, budget) -> rates")
    keras: Callable[[Json, float, Budget], Any] = lambda params, rate, budget: rate
    rate: Callable[[Json], str] = lambda _: ""
    fit: Callable[[Json], tuple[str, ...]] = lambda _: ()


def _constant(params: Json, rate: float, budget: Budget) -> Any:
    return np.full(budget.steps, rate)


def _warmup(params: Json, rate: float, budget: Budget) -> Any:
    """Return rate * min(1, k / steps) after k steps, in float32 as Keras's `CosineDecay`, whatever the model's type."""
    done = np.arange(budget.steps, dtype=np.float32)
    return np.float32(rate) * np.minimum(np.float32(1.0), done / np.float32(params["steps"]))


@lru_cache(maxsize=64)
def _cosine_table(final: float, rate: float, budget: Budget) -> Any:
    """Return rate * ((1 - final) * (1 + cos(pi k / budget)) / 2 + final) after k steps.

    It calls Keras's own schedule step by step inside a graph, as in training: otherwise last bits differ.
    """
    schedule = tf.function(_keras_cosine({"final": final}, rate, budget), autograph=False)
    table = np.array([schedule(tf.constant(step, tf.int64)).numpy() for step in range(budget.steps)])
    table.setflags(write=False)
    return table


def _keras_cosine(params: Json, rate: float, budget: Budget) -> Any:
    return keras.optimizers.schedules.CosineDecay(rate, budget.steps, alpha=params["final"])


def _plateau_fit(params: Json) -> tuple[str, ...]:
    words = f"factor={params['factor']:g}, patience={params['patience']}, min_delta={params['min_delta']:g}"
    return (f'callbacks=[keras.callbacks.ReduceLROnPlateau(monitor="val_loss", {words})]',)


_DECAY = "keras.optimizers.schedules.CosineDecay"

KINDS: dict[str, Rates] = {
    "constant": Rates(table=_constant),
    "warmup": Rates(
        parameters={"steps": (int, 100)},
        table=_warmup,
        keras=lambda params, rate, budget: keras.optimizers.schedules.CosineDecay(
            0.0, 10**9, warmup_target=rate, warmup_steps=params["steps"]
        ),
        rate=lambda params: f"{_DECAY}(0.0, 10**9, warmup_target={{rate}}, warmup_steps={params['steps']})",
    ),
    "cosine": Rates(
        parameters={"final": (float, 0.0)},
        table=lambda params, rate, budget: _cosine_table(params["final"], rate, budget),
        keras=_keras_cosine,
        rate=lambda params: f"{_DECAY}({{rate}}, decay_steps=steps, alpha={params['final']:g})",
    ),
    "plateau": Rates(
        parameters={
            "factor": (float, 0.5),
            "patience": (int, 3),
            "min_delta": (float, 1e-4),
            "cooldown": (int, 0),
            "minimum": (float, 0.0),
        },
        table=_constant,
        fit=_plateau_fit,
    ),
}


def rates(params: Json, rate: float, budget: Budget) -> Any:
    """Return the learning rate of each step, [steps]; for `plateau` the rate that it starts from.

    Args:
        params: parameters of the level.
        rate: the learning rate before any schedule.
        budget: steps of the trial.
    """
    return KINDS[params["kind"]].table(params, rate, budget)


def _keras_rate(params: Json, rate: float, budget: Budget) -> Any:
    return KINDS[params["kind"]].keras(params, rate, budget)


def _keras_callbacks(params: Json) -> list[Any]:
    """Make Keras's callback of the plateau rule; it monitors `val_loss`."""
    if params["kind"] != "plateau":
        return []
    rule = {name: params[name] for name in ("factor", "patience", "min_delta", "cooldown")}
    return [keras.callbacks.ReduceLROnPlateau(monitor="val_loss", mode="min", min_lr=params["minimum"], **rule)]


def _lines(params: Json) -> Lines:
    record = KINDS[params["kind"]]
    return Lines(rate=record.rate(params), fit=record.fit(params))


def _baked(params: Json) -> Json:
    """Return the kind for `plateau`: no other kind needs operations in the program."""
    return {"kind": "plateau"} if params["kind"] == "plateau" else {}


def _slot(params: Json, seed: int) -> dict[str, float]:
    """Return the numbers of the plateau rule."""
    if params["kind"] != "plateau":
        return {}
    return {f"schedule.{name}": float(params[name]) for name in KINDS["plateau"].parameters}


def start(rate: Any) -> dict[str, Any]:
    """Return the state of the plateau rule before training: rate, best loss, evaluations waited, cooldown left.

    Args:
        rate: the learning rate, a scalar tensor.
    """
    zero = tf.zeros_like(rate)
    return {"rate": rate, "best": zero + rate.dtype.max, "wait": zero, "cooldown": zero}


def follow(state: dict[str, Any], loss: Any, number: Callable[[str], Any]) -> dict[str, Any]:
    """Return the state after one evaluation: the rule of `keras.callbacks.ReduceLROnPlateau`, mode min.

    Args:
        state: the state before, as `start` returns it.
        loss: the validation loss, a scalar tensor.
        number: name -> number of the slot.
    """
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
    name=SCHEDULE,
    summary="how the learning rate moves",
    neutral={"kind": "constant"},
    stacks="state",
    check=fields(SCHEDULE, KINDS),
    kinds=KINDS,
    statement="optimizer",
    lines=_lines,
    candidates=lambda _: ("warmup", "cosine"),
    baked=_baked,
    slot=_slot,
    rates=rates,
    keras_rate=_keras_rate,
    keras_callbacks=_keras_callbacks,
)
