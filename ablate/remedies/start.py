"""`start`: where training begins: fresh weights, or a trap to get out of.

`saturated`: one output bias raised until every probe row of another class has a gap of at least `gap`.
`dead`: hidden biases lowered by `bias`. `symmetric`: every hidden unit a copy of the first.
`collapsed`: whatever a first phase under the declared baseline left behind.
With `after`, the first phase trains `steps` steps under `setting` (resolved parameters; the trial's own shape), and
the trap, if any, is set in the weights it leaves. Prevention (fresh) and rescue (the rest) are never pooled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ablate.core.errors import ConfigError
from ablate.core.study import Json
from ablate.remedies._remedy import Kinds, Remedy, fields

_PHASE = {"after": (object, None), "optimizer": (str, "fresh")}
KINDS: Kinds = {
    "fresh": {},
    "saturated": {"gap": (float, 20.0), **_PHASE},
    "dead": {"bias": (float, 10.0), **_PHASE},
    "symmetric": dict(_PHASE),
    "collapsed": {"after": (object, ...), "optimizer": (str, "fresh")},
}
_fields = fields("start", KINDS)


def check(params: Json) -> Json:
    """The start's parameters in canonical form.

    Raises:
        ConfigError: `after` is not {setting, steps}, or `optimizer` is not fresh or kept.
    """
    result = _fields(params)
    after = result.get("after")
    if after is not None and (not isinstance(after, dict) or set(after) != {"setting", "steps"}):
        raise ConfigError(f"`start.after` must be null or {{setting, steps}}. Received: {after!r}.")
    if after is not None and (not isinstance(after["steps"], int) or after["steps"] < 1):
        raise ConfigError(f"`start.after.steps` must be a whole number of at least 1. Received: {after['steps']!r}.")
    if result.get("optimizer", "fresh") not in ("fresh", "kept"):
        raise ConfigError(f"`start.optimizer` must be fresh or kept. Received: {result['optimizer']!r}.")
    if result["kind"] != "fresh" and after is None and result["optimizer"] == "kept":
        raise ConfigError("`start.optimizer` can be kept only after a first phase; `start.after` is null.")
    return result


def phase(params: Json) -> Json:
    """The first phase, which a stack shares: {setting, steps, optimizer}; None if training starts at once."""
    after = params.get("after")
    return None if after is None else {**after, "optimizer": params["optimizer"]}


def trap(
    params: Json, weights: list[Any], names: list[str], logits: Callable[[list[Any]], Any], truth: Any, seed: int
) -> list[Any]:
    """The weights with the trap set.

    Args:
        params: the start's parameters.
        weights: arrays, copied where changed.
        names: their names: `dense_1/kernel`, `dense_1/bias`, ..., `output/kernel`, `output/bias`.
        logits: weights -> logits of the probe, [rows, classes].
        truth: the probe's labels.
        seed: decides the class a saturated network is stuck on.
    """
    import numpy as np

    found = dict(zip(names, [np.array(weight) for weight in weights], strict=True))
    if params["kind"] == "saturated":
        target = seed % found["output/bias"].shape[0]
        scores = np.asarray(logits(weights), np.float64)
        rows = np.arange(len(truth))
        gaps = (scores[:, target] - scores[rows, truth])[truth != target]
        found["output/bias"][target] += max(0.0, params["gap"] * (1 + 1e-5) - gaps.min())
    elif params["kind"] == "dead":
        for name in names:
            if name.startswith("dense") and name.endswith("bias"):
                found[name] -= params["bias"]
    elif params["kind"] == "symmetric":
        _copy_first_unit(found)
    return [found[name] for name in names]


def _copy_first_unit(found: dict[str, Any]) -> None:
    """Incoming weights of every hidden unit become the first's, and so do the outgoing ones."""
    kernels = [name for name in found if name.endswith("kernel")]
    for position, name in enumerate(kernels):
        if position > 0:
            found[name][:] = found[name][:1]
        if name != "output/kernel":
            found[name][:] = found[name][:, :1]
            bias = name.replace("kernel", "bias")
            found[bias][:] = found[bias][:1]


REMEDY = Remedy(
    name="start",
    neutral={"kind": "fresh"},
    stacks="init",
    check=check,
)
