"""What every level of every factor means, number for number: whatever changes in it is noticed."""

from __future__ import annotations

from typing import Any

import numpy as np

from ablate import remedies
from ablate.core.errors import AblateError
from ablate.core.study import Budget
from ablate.remedies import initializer, input_scale, loss
from tests import recorded
from tests.engine.small import baseline, content, files, level

BUDGET = Budget(steps=40, looks=4)
RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 5)).astype("float32")
Y = np.arange(12) % 3


def levels(factor: str) -> list[str]:
    """The levels that need nothing of the user's; those of `model` build networks, which takes seconds."""
    if factor == "model":
        return []
    return [name for name in files(factor) if name != "own" and "???" not in content(factor, name).values()]


def test_levels_are_as_recorded() -> None:
    lines = []
    for name, factor in remedies.registry().items():
        lines += [
            f"# {name}: {factor.summary}",
            *recorded.lines([factor.neutral, factor.stacks, factor.order, factor.problem]),
        ]
        for one in levels(name):
            params = level(name, one).params
            values: dict[str, Any] = {
                "params": params,
                "lines": factor.lines(params),
                "choices": factor.choices(params),
            }
            values |= {
                "baked": factor.baked(params),
                "identity": factor.identity(params),
                "alone": factor.alone(params),
            }
            values |= {f"slot {seed}": factor.slot(params, seed) for seed in (0, 7)} | {"common": factor.common(params)}
            if factor.rates is not None:
                values["rates"] = np.asarray(factor.rates(params, 0.5, BUDGET))[::5]
            if factor.data is not None:
                values["data"] = factor.data(params, X.copy(), Y.copy(), 3, 7)
            lines += recorded.lines(values, one)
    recorded.same("remedies_levels", "\n".join(lines))


def test_what_is_offered_for_each_level_that_a_model_has_is_as_recorded() -> None:
    base = baseline().params()
    lines = []
    for name, factor in remedies.registry().items():
        bases = {"the baseline": base} | {one: {**base, name: level(name, one).params} for one in levels(name)}
        for depth in (0, 1, 2):
            bases[f"depth {depth}"] = {**base, "depth": depth}
        lines += [f"{name} at {one}: {factor.candidates(params)}" for one, params in bases.items()]
    recorded.same("remedies_candidates", "\n".join(lines))


def test_weights_and_scales_are_as_recorded() -> None:
    record: dict[str, Any] = {}
    for one in levels("initializer"):
        params = level("initializer", one).params
        drawn = initializer.draw(params, seed=3, layer=1, fan_in=6, fan_out=4)
        record[one] = (initializer.limit(params, 6, 4), drawn)
    for one in levels("input_scale"):
        record[one] = input_scale.scale(level("input_scale", one).params, X, np.arange(6))
    recorded.same("remedies_weights", "\n".join(recorded.lines(record)))


def test_losses_are_as_recorded() -> None:
    truth = np.eye(3, dtype="float32")[Y]
    logits = (20 * RNG.normal(size=(12, 3))).astype("float32")
    record: dict[str, Any] = {}
    for one in levels("loss"):
        params = level("loss", one).params
        made = loss.KINDS[params["kind"]]
        record[one] = [loss.check_gap(params), loss.check_slope(params), made.__class__.__name__]
    for name in ("fused", "keras_today", "keras_logits_lost"):
        record[f"value of {name}"] = np.asarray(getattr(loss, name)(truth, logits))
    recorded.same("remedies_losses", "\n".join(recorded.lines(record)), tolerance=1e-4)


def test_wrong_parameters_are_refused_as_recorded() -> None:
    lines = []
    for factor in remedies.registry():
        more = [{"kind": one, "more": 1} for one in levels(factor)[:1]]
        for params in (None, -1, 0, 1.5, "x", [], {}, {"kind": "nothing"}, *more):
            try:
                lines.append(f"{factor} {params}: {remedies.checked(factor, params)}")
            except (AblateError, TypeError, KeyError, ValueError, AttributeError) as error:
                lines.append(f"{factor} {params}: {type(error).__name__} {error}")
    recorded.same("remedies_wrong", "\n".join(lines))


def test_defaults_are_as_recorded() -> None:
    recorded.same("defaults_remedies", recorded.defaults("ablate.remedies"))
