# ruff: noqa: ARG001 - each fault takes a plan and a source of chance
"""Put a fault of the training into a drawn program."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from validation.programs.drawn import PICTURES, SERIES, TABLES, Plan, replaced
from validation.programs.drawn_faults import floats, of, pick


def _one_of(rng: np.random.Generator, *plans: Plan) -> Plan:
    return plans[int(rng.integers(len(plans)))]


@of("mode_gap")
def slow_averages(one: Plan, rng: np.random.Generator) -> Plan | None:
    momentum = pick(rng, 0.999, 0.9999)
    more = lambda: [layers.BatchNormalization(momentum=momentum)]  # noqa: E731
    return replaced(one, back=more, norm=False, epochs=6, data=lambda x, y: (3 * x + 4 if floats(one) else x, y))


@of("frozen")
def nothing_trains(one: Plan, rng: np.random.Generator) -> Plan | None:
    def freeze(model: Any) -> Any:
        model.trainable = False
        return model

    return replaced(one, after=freeze)


@of("frozen")
def zero_layer(one: Plan, rng: np.random.Generator) -> Plan | None:
    made = {"trainable": False, "kernel_initializer": "zeros"}
    return replaced(one, hidden=made, norm=False)


@of("no_gradient")
def cut_off(one: Plan, rng: np.random.Generator) -> Plan | None:
    act = pick(rng, ops.round, ops.sign, lambda x: ops.cast(x > 0, "float32"), ops.stop_gradient)
    return replaced(one, back=lambda: [layers.Lambda(act)], norm=False, epochs=8)


@of("small_rate")
def tiny_rate(one: Plan, rng: np.random.Generator) -> Plan | None:
    if rng.random() < 0.3:
        return replaced(one, optimizer="adadelta", rate=0.001, settings={}, epochs=8)
    return replaced(one, rate=one.rate * pick(rng, 1e-4, 1e-5, 1e-6))


@of("decayed_rate")
def decays(one: Plan, rng: np.random.Generator) -> Plan | None:
    drop = keras.callbacks.LearningRateScheduler(lambda _, rate: rate * 0.05)
    wait = keras.callbacks.ReduceLROnPlateau("loss", factor=0.01, patience=1, min_delta=10.0, min_lr=1e-12)
    schedule = keras.optimizers.schedules.ExponentialDecay(one.rate, 2, 0.1)
    return _one_of(
        rng,
        replaced(one, fit={"callbacks": [drop]}, rate=one.rate / 10),
        replaced(one, fit={"callbacks": [wait]}, rate=one.rate / 10),
        replaced(one, schedule=schedule),
    )


@of("precision")
def half(one: Plan, rng: np.random.Generator) -> Plan | None:
    if one.body != "dense" or one.optimizer == "sgd":
        return None
    return replaced(one, hidden={"dtype": "float16"}, norm=False)


@of("information_lost")
def one_unit(one: Plan, rng: np.random.Generator) -> Plan | None:
    act = pick(rng, "relu", "sigmoid", "tanh")
    return replaced(one, back=lambda: [layers.Dense(1, activation=act, name="narrow")])


@of("weight_decay")
def heavy_decay(one: Plan, rng: np.random.Generator) -> Plan | None:
    return replaced(one, optimizer="adamw", rate=0.003, settings={"weight_decay": pick(rng, 20.0, 50.0, 100.0)})


@of("regularizer")
def penalty(one: Plan, rng: np.random.Generator) -> Plan | None:
    kind = pick(rng, keras.regularizers.L2(pick(rng, 1.0, 5.0)), keras.regularizers.L1(pick(rng, 0.3, 1.0)))
    return replaced(one, hidden={pick(rng, "kernel_regularizer", "activity_regularizer"): kind})


@of("heavy_dropout")
def drops(one: Plan, rng: np.random.Generator) -> Plan | None:
    rate = pick(rng, 0.95, 0.98)
    return replaced(one, back=lambda: [layers.Dropout(rate), layers.Dense(8), layers.Dropout(rate)])


@of("vanishing_gradient")
def deep_and_flat(one: Plan, rng: np.random.Generator) -> Plan | None:
    if one.task in SERIES or one.optimizer == "nadam":
        return None
    return replaced(one, act="sigmoid", depth=pick(rng, 7, 9), width=16, norm=False)


@of("large_start")
def sure(one: Plan, rng: np.random.Generator) -> Plan | None:
    drawn = keras.initializers.RandomNormal(stddev=pick(rng, 5.0, 20.0), seed=1)
    return replaced(one, act="tanh", depth=3, norm=False, hidden={"kernel_initializer": drawn}, rate=one.rate / 5)


@of("clipped_away")
def clipped(one: Plan, rng: np.random.Generator) -> Plan | None:
    name, bound = pick(rng, "clipnorm", "clipvalue", "global_clipnorm"), pick(rng, 1e-6, 1e-5)
    return replaced(one, optimizer="sgd", rate=0.05, settings={name: bound})


@of("large_steps")
def large_rate(one: Plan, rng: np.random.Generator) -> Plan | None:
    rate = pick(rng, 10.0, 30.0) if one.optimizer == "sgd" else pick(rng, 0.5, 1.0, 5.0)
    return replaced(one, rate=rate, norm=False)


@of("dead_units")
def born_dead(one: Plan, rng: np.random.Generator) -> Plan | None:
    low = keras.initializers.Constant(pick(rng, -20.0, -100.0))
    return replaced(one, act="relu", norm=False, hidden={"bias_initializer": low}) if one.task in TABLES else None


@of("symmetric")
def alike(one: Plan, rng: np.random.Generator) -> Plan | None:
    kind = pick(rng, "zeros", keras.initializers.Constant(0.1), "ones")
    suits = one.task in TABLES or one.task in PICTURES
    return replaced(one, norm=False, depth=2, hidden={"kernel_initializer": kind}) if suits else None


@of("non_finite")
def own_logarithm(one: Plan, rng: np.random.Generator) -> Plan | None:
    def plain(y: Any, p: Any) -> Any:
        return -ops.sum(y * ops.log(p) + (1 - y) * ops.log(1 - p), axis=-1)

    return None if one.form != "one_hot" else replaced(one, loss=plain, head="softmax", rate=3 * one.rate)
