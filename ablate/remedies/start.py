"""`start`: where training begins: fresh weights, or a trap that a network must leave.

`saturated`: one output bias is raised until every validation row of another class has a gap of at least `gap`.
`dead`: hidden biases are lowered by `bias`. `symmetric`: every hidden unit is a copy of the first.
`collapsed`: the weights that a first phase under the declared baseline left behind.
With `after`, the first phase trains `steps` steps under `setting` (resolved parameters; the trial's own shape), and the
trap is set in the weights that it leaves. Trials with fresh weights (prevention) and trials that begin in a trap
(rescue) are never pooled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ablate.core.errors import ConfigError
from ablate.core.parameters import Field
from ablate.core.study import MOST_STEPS, TASK, Json
from ablate.remedies._lazy import np
from ablate.remedies._remedy import Remedy, fields, needed, no_candidates, no_lines
from ablate.remedies.depth import DEPTH
from ablate.remedies.model import MODEL
from ablate.remedies.optimizer import OPTIMIZER
from ablate.remedies.width import WIDTH

START = "start"
FRESH: Json = {"kind": "fresh"}

SHAPES = (TASK, MODEL, WIDTH, DEPTH)
"""Factors whose level a first phase takes from the trial, so that its weights fit."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """A network in which a trap is set.

    Attributes:
        weights: copies of its arrays, by name: `dense_1/kernel`, `dense_1/bias`, ..., `output/bias`.
        scores: returns the logits of the validation rows before the trap; a function, since they cost a forward pass.
        truth: labels of the validation rows.
        seed: seed of the trial.
    """

    weights: dict[str, Any]
    scores: Callable[[], Any]
    truth: Any
    seed: int


@dataclass(frozen=True, kw_only=True)
class Start:
    """One kind of start.

    Attributes:
        parameters: parameters, by name, with their defaults.
        trap: (parameters, network) sets the trap in the network's weights; None for no trap.
    """

    parameters: Mapping[str, Field] = field(default_factory=dict)
    trap: Callable[[Json, Network], None] | None = needed("a function (parameters, network) that sets the trap")


def _saturate(params: Json, network: Network) -> None:
    """Raise the output bias of the class that the seed decides."""
    bias, truth = network.weights["output/bias"], network.truth
    target = network.seed % bias.shape[0]
    scores = np.asarray(network.scores(), np.float64)
    gaps = (scores[:, target] - scores[np.arange(len(truth)), truth])[truth != target]
    bias[target] += max(0.0, params["gap"] * (1 + 1e-5) - gaps.min())


def _kill(params: Json, network: Network) -> None:
    for name, weight in network.weights.items():
        if name.startswith("dense") and name.endswith("bias"):
            weight -= params["bias"]


def _copy_first_unit(params: Json, network: Network) -> None:
    """Give every hidden unit the incoming and the outgoing weights of the first."""
    weights = network.weights
    kernels = [name for name in weights if name.endswith("kernel")]
    for position, name in enumerate(kernels):
        if position > 0:
            weights[name][:] = weights[name][:1]
        if name != "output/kernel":
            weights[name][:] = weights[name][:, :1]
            bias = weights[name.replace("kernel", "bias")]
            bias[:] = bias[:1]


_PHASE: dict[str, Field] = {"after": (object, None), "optimizer": (str, "fresh")}

KINDS: dict[str, Start] = {
    "fresh": Start(trap=None),
    "saturated": Start(parameters={"gap": (float, 20.0), **_PHASE}, trap=_saturate),
    "dead": Start(parameters={"bias": (float, 10.0), **_PHASE}, trap=_kill),
    "symmetric": Start(parameters=_PHASE, trap=_copy_first_unit),
    "collapsed": Start(parameters={"after": (object, ...), "optimizer": (str, "fresh")}, trap=None),
}
_fields = fields(START, KINDS)


def _check(params: Json) -> Json:
    result = _fields(params)
    after = result.get("after")
    if after is not None and (not isinstance(after, dict) or set(after) != {"setting", "steps"}):
        raise ConfigError(f"`start.after` must be null or {{setting, steps}}. Received: {after!r}.")
    if after is not None and (not isinstance(after["steps"], int) or not 1 <= after["steps"] <= MOST_STEPS):
        raise ConfigError(
            f"`start.after.steps` must be a whole number from 1 to {MOST_STEPS}. Received: {after['steps']!r}."
        )
    if result.get("optimizer", "fresh") not in ("fresh", "kept"):
        raise ConfigError(f"`start.optimizer` must be fresh or kept. Received: {result['optimizer']!r}.")
    if result["kind"] != "fresh" and after is None and result["optimizer"] == "kept":
        raise ConfigError(
            "`start.optimizer` can be kept only after a first phase, but `start.after` is null. Set `start.after`, or "
            "`start.optimizer=fresh`."
        )
    return result


def phase(params: Json) -> Json:
    """Return the first phase, which a stack shares: {setting, steps, optimizer}; None if there is none."""
    after = params.get("after")
    return None if after is None else {**after, "optimizer": params["optimizer"]}


def keeps_optimizer(params: Mapping[str, Json]) -> bool:
    """Return whether a trial goes on with the optimizer's variables of its first phase.

    Args:
        params: resolved parameters of the trial, by factor.
    """
    first = phase(params[START])
    return bool(first["optimizer"] == "kept" and first["setting"][OPTIMIZER] == params[OPTIMIZER])


def trap(
    params: Json, weights: list[Any], names: list[str], logits: Callable[[list[Any]], Any], truth: Any, seed: int
) -> list[Any]:
    """Return the weights with the trap set; the arrays given stay as they are.

    Args:
        params: the start's parameters.
        weights: arrays.
        names: their names: `dense_1/kernel`, `dense_1/bias`, ..., `output/kernel`, `output/bias`.
        logits: weights -> logits of the validation rows, [rows, classes].
        truth: labels of the validation rows.
        seed: decides the class that a saturated network predicts.
    """
    copies = dict(zip(names, [np.array(weight) for weight in weights], strict=True))
    set_trap = KINDS[params["kind"]].trap
    if set_trap is not None:
        set_trap(params, Network(weights=copies, scores=lambda: logits(weights), truth=truth, seed=seed))
    return [copies[name] for name in names]


REMEDY = Remedy(
    name=START,
    summary="where training begins: fresh weights, or a trap",
    neutral=FRESH,
    stacks="init",
    check=_check,
    kinds=KINDS,
    statement="none",
    lines=no_lines,
    candidates=no_candidates,
    problem=True,
)
