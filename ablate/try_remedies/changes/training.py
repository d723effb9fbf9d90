"""Offer changes of how a model is trained: optimizer, rate, schedule, batches, initial weights, precision."""

from __future__ import annotations

from collections.abc import Iterator

from ablate.try_remedies.changes.situation import Situation
from ablate.try_remedies.patch import Change

USUAL = {"Adadelta": 1.0, "Adagrad": 0.05, "SGD": 0.1, "Ftrl": 0.05, "Lion": 3e-4}
"""A rate with which an optimizer trains most small networks; 0.001 for all others."""

FACTORS = {0.1: 0.35, 10.0: 0.35, 0.01: 0.25, 100.0: 0.2}
"""Factors of the compiled rate that are tried, with how likely each helps."""

FAR = 50.0
"""A rate so many times as large or small as a usual one is far from it."""

SHRINKS = 0.05
"""A weight decay above this is suspected."""


def optimizer_changes(at: Situation) -> Iterator[Change]:
    """Offer other rates, another optimizer, and the same one without its settings, decay or schedule."""
    facts, own = at.facts, dict(at.facts.optimizer_arguments)
    path = facts.optimizer_text.partition("(")[0]
    usual = USUAL.get(facts.optimizer, 0.001)
    if path:
        if facts.schedule:
            for rate in dict.fromkeys((usual, facts.rate)):
                if rate > 0:
                    yield _optimizer(
                        f"schedule=none,rate={rate:g}",
                        "schedule",
                        f"replace the schedule {facts.schedule} by the constant rate {rate:g}",
                        path,
                        {**own, "learning_rate": _as_text(rate)},
                        ("decayed_rate", "small_rate", "large_steps"),
                        0.75 if rate == usual else 0.7,
                    )
        decay = own.get("weight_decay", "0.004" if facts.optimizer == "AdamW" else "")
        if decay not in ("", "None"):
            heavy = _float(decay) > SHRINKS
            yield _optimizer(
                "weight_decay=none",
                "weight_decay",
                "leave out the weight decay",
                path,
                {**own, "weight_decay": "0.0" if facts.optimizer == "AdamW" else ""},
                ("weight_decay",),
                0.9 if heavy else 0.15,
            )
        tight = [
            name for name in ("clipnorm", "clipvalue", "global_clipnorm") if name in own and _float(own[name]) < 0.1
        ]
        if tight:
            yield _optimizer(
                "clipping=none",
                "clipping",
                "do not clip the gradients",
                path,
                {**own, **dict.fromkeys(tight, "")},
                ("clipped_away",),
                0.7,
            )
        yield from _rates(at, path, own, usual)
        settings = [name for name in own if name not in ("learning_rate", "weight_decay", *tight)]
        if settings:
            kept = {"learning_rate": own["learning_rate"]} if "learning_rate" in own else {}
            yield _optimizer(
                "optimizer=defaults",
                "optimizer",
                f"leave {', '.join(settings)} of the optimizer at Keras' defaults",
                path,
                kept,
                ("small_rate", "large_steps"),
                0.45,
            )
    if facts.optimizer != "Adam" or facts.schedule or abs(facts.rate - 0.001) > 1e-6 or own.keys() - {"learning_rate"}:
        for rate, weight in ((0.001, 0.5), (0.01, 0.3)):
            yield _optimizer(
                f"optimizer=Adam({rate:g})",
                "optimizer",
                f"use Adam with the rate {rate:g}",
                "keras.optimizers.Adam",
                {"learning_rate": _as_text(rate)},
                ("small_steps", "large_steps", "vanishing_gradient", "small_rate"),
                weight,
            )


def _rates(at: Situation, path: str, own: dict[str, str], usual: float) -> Iterator[Change]:
    rate = float(f"{at.facts.rate:.3g}")
    wanted = {
        float(f"{factor * rate:.3g}"): weight / (5 if _far(factor * rate, usual) else 1)
        for factor, weight in FACTORS.items()
        if rate > 0
    }
    wanted[usual] = 0.9 if _far(rate, usual) else wanted.get(usual, 0.3)
    for value, weight in sorted(wanted.items(), key=lambda item: -item[1]):
        if value != rate:
            lower = value < rate
            small = ("small_rate", "small_steps") if rate < usual / 10 else ("small_steps", "small_rate")
            yield _optimizer(
                f"learning_rate={value:g}",
                "learning_rate",
                f"{'lower' if lower else 'raise'} the learning rate from {rate:g} to {value:g}",
                path,
                {**own, "learning_rate": _as_text(value)},
                ("large_steps", "non_finite") if lower else small,
                weight,
            )


def _far(rate: float, usual: float) -> bool:
    """Return whether a rate is far from a usual one."""
    return not usual / FAR <= rate <= usual * FAR


def _optimizer(
    name: str, part: str, words: str, path: str, arguments: dict[str, str], causes: tuple[str, ...], weight: float
) -> Change:
    text = ", ".join(f"{key}={value}" for key, value in arguments.items() if value)
    return Change(name=name, part=part, words=words, causes=causes, weight=weight, optimizer=f"{path}({text})")


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def fit_changes(at: Situation) -> Iterator[Change]:
    """Offer other batches, more epochs, and `fit` without callbacks."""
    if at.callbacks:
        yield Change(
            name="callbacks=none",
            part="callbacks",
            words="call `fit` without callbacks",
            causes=("decayed_rate", "few_steps"),
            weight=0.5,
            fit={"callbacks": ""},
        )
    if at.batch > 64 or at.batch > at.rows.rows // 4:
        smaller = 32 if at.batch > 64 else 16
        yield Change(
            name=f"batch_size={smaller}",
            part="batch_size",
            words=f"take batches of {smaller} rows",
            causes=("few_steps", "small_steps"),
            weight=0.25 if at.steps > 200 else 0.45,
            fit={"batch_size": str(smaller)},
        )
    elif at.batch < 8:
        yield Change(
            name="batch_size=32",
            part="batch_size",
            words="take batches of 32 rows",
            causes=("large_steps",),
            weight=0.3,
            fit={"batch_size": "32"},
        )
    more = at.epochs * (5 if at.steps > 100 else 15)
    yield Change(
        name=f"epochs={more}",
        part="epochs",
        words=f"train {more} epochs instead of {at.epochs}",
        causes=("few_steps",),
        weight=0.5 if at.steps <= 100 else 0.2,
        fit={"epochs": str(more)},
    )


def weight_changes(at: Situation) -> Iterator[Change]:
    """Offer initial weights that are drawn anew or made smaller, for a model that cannot be taken apart."""
    if at.facts.graph:
        return
    few = {"dict": "{name: part[:1] for name, part in x.items()}", "list": "[part[:1] for part in x]"}
    built = f"model({few.get(at.call.inputs, 'x[:1]')})"
    yield Change(
        name="initializer=glorot",
        part="initializer",
        words="draw the initial kernels anew (Glorot)",
        causes=("large_start", "symmetric"),
        weight=0.5,
        built=(
            f"{built}  # makes the weights",
            "for weight in model.trainable_weights:",
            "    if len(weight.shape) > 1:",
            "        weight.assign(keras.initializers.GlorotUniform()(weight.shape))",
        ),
    )
    yield Change(
        name="initializer=tenth",
        part="initializer",
        words="divide the initial kernels by 10",
        causes=("large_start",),
        weight=0.25,
        built=(
            f"{built}  # makes the weights",
            "for weight in model.trainable_weights:",
            "    if len(weight.shape) > 1:",
            "        weight.assign(weight / 10)",
        ),
    )


def precision_changes(at: Situation) -> Iterator[Change]:
    """Offer single precision for half precision."""
    if at.facts.policy == "float32":
        return
    words = f"compute in float32 instead of {at.facts.policy}"
    if at.facts.graph:
        whole = {layer.index: {"dtype": "'float32'"} for layer in at.facts.layers if layer.path}
        yield Change(
            name="precision=float32", part="precision", words=words, causes=("precision",), weight=0.6, arguments=whole
        )
        return
    first = (
        "keras.config.set_dtype_policy = lambda policy: None  # the builder sets half precision",
        "keras.mixed_precision.set_dtype_policy = keras.mixed_precision.set_global_policy = lambda policy: None",
    )
    yield Change(
        name="precision=float32", part="precision", words=words, causes=("precision",), weight=0.6, first=first
    )


def _as_text(value: float) -> str:
    """Return a rate as source text of a float: Keras refuses whole numbers.

    Examples:
        >>> _as_text(1), _as_text(1e-05), _as_text(0.30000000004)
        ('1.0', '1e-05', '0.3')
    """
    return repr(float(f"{value:.6g}"))
