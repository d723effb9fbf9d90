"""`initializer`: the scale of the first weights.

The kinds `uniform` and `zeros` rescale the same draws, uniform on (-1, 1), made for each (seed, layer) in blocks of
columns. A narrow network takes the first rows and columns of a wide one's draws, so settings of one seed stay paired
across widths and initializers. `constant` gives every weight one number. `own` keeps the initializers of a user's
layers; their seeds are derived from the trial's seed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from ablate.core.parameters import Field
from ablate.core.study import Json, Level
from ablate.remedies._lazy import np
from ablate.remedies._remedy import Lines, Remedy, fields, needed

INITIALIZER = "initializer"
BLOCK = 256
WEIGHTS = 1
"""The number of the random stream of initial weights; the order of rows has 2, planted faults have 3."""

_MODE, _SCALE = "fan_avg", 1.0

NAMED: dict[tuple[str, float], str] = {
    (_MODE, _SCALE): "glorot_uniform",
    ("fan_in", 2.0): "he_uniform",
    ("fan_in", 1.0): "lecun_uniform",
}
"""(mode, scale) of `uniform` -> Keras's name of it."""


@dataclass(frozen=True, kw_only=True)
class Draw:
    """One kind of initializer.

    Attributes:
        parameters: parameters, by name, with their defaults.
        limit: (parameters, fan in, fan out) -> bound of the uniform distribution of the weights.
        value: parameters -> the value of every weight; None if the weights are drawn.
        line: parameters -> `kernel_initializer` of a Keras layer as source text; empty for Keras's default.
    """

    parameters: Mapping[str, Field] = field(default_factory=dict)
    limit: Callable[[Json, int, int], float] = needed("a function (parameters, fan in, fan out) -> bound of weights")
    value: Callable[[Json], float] | None = None
    line: Callable[[Json], str] = needed("a function (parameters) -> `kernel_initializer` as source text")


def _variance_scaling(params: Json, fan_in: int, fan_out: int) -> float:
    """Return sqrt(3 scale / fan), as Keras's `VarianceScaling`."""
    mode, scale = params.get("mode", _MODE), params.get("scale", _SCALE)
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    return math.sqrt(3.0 * scale / max(1.0, fan))


def _uniform_line(params: Json) -> str:
    name = NAMED.get((params["mode"], params["scale"]))
    words = f"scale={params['scale']:g}, mode={params['mode']!r}, distribution='uniform'"
    return f'"{name}"' if name else f"keras.initializers.VarianceScaling({words})"


KINDS: dict[str, Draw] = {
    "uniform": Draw(
        parameters={"mode": (str, _MODE), "scale": (float, _SCALE)}, limit=_variance_scaling, line=_uniform_line
    ),
    "zeros": Draw(limit=lambda *_: 0.0, line=lambda _: '"zeros"'),
    "constant": Draw(
        parameters={"value": (float, 0.05)},
        limit=lambda params, *_: abs(params["value"]),
        value=lambda params: params["value"],
        line=lambda params: f"keras.initializers.Constant({params['value']:g})",
    ),
    # The default of Keras stands for layers that are not known.
    "own": Draw(limit=_variance_scaling, line=lambda _: ""),
}


def limit(params: Json, fan_in: int, fan_out: int) -> float:
    """Return the bound of a dense layer's weights: no weight is larger in size.

    Args:
        params: the initializer's parameters; `own` gives the bound of Keras's default, Glorot's.
        fan_in: rows of the kernel.
        fan_out: its columns.

    Examples:
        >>> round(limit({"kind": "uniform", "mode": "fan_avg", "scale": 1.0}, 64, 32), 3)
        0.25
    """
    return KINDS[params["kind"]].limit(params, fan_in, fan_out)


def draw(params: Json, *, seed: int, layer: int, fan_in: int, fan_out: int) -> np.ndarray:
    """Draw the initial weights of one dense layer.

    Args:
        params: the initializer's parameters.
        seed: the trial's seed.
        layer: 0 for the first dense layer; -1 for the output layer, whatever the depth.
        fan_in: rows of the kernel.
        fan_out: its columns.

    Returns:
        float64 [fan_in, fan_out].
    """
    value = KINDS[params["kind"]].value
    if value is not None:
        return np.full((fan_in, fan_out), value(params), np.float64)
    return limit(params, fan_in, fan_out) * _uniform(seed, layer, fan_in, fan_out)


@lru_cache(maxsize=64)
def _uniform(seed: int, layer: int, fan_in: int, fan_out: int) -> np.ndarray:
    blocks = []
    for block in range(-(-fan_out // BLOCK)):
        stream = np.random.SeedSequence([seed, WEIGHTS, layer + 1, block])
        rows = np.random.Generator(np.random.PCG64(stream)).random((fan_in, BLOCK))
        blocks.append(rows[:, : fan_out - block * BLOCK])
    return 2.0 * np.concatenate(blocks, axis=1) - 1.0


def _lines(params: Json) -> Lines:
    line = KINDS[params["kind"]].line(params)
    return Lines(dense={"kernel_initializer": line} if line else {})


def _argument(level: Level) -> Json:
    """Return Keras's name of the level, which a builder can use."""
    return NAMED.get((level.params.get("mode"), level.params.get("scale")), level.name)


def from_keras(written: Json) -> Json:
    """Return the parameters of the kind that draws as a serialized Keras initializer; `own` if no other kind does.

    Args:
        written: {`class_name`, `config`}.
    """
    if (written.get("config") or {}).get("seed") is not None:
        return {"kind": "own"}
    for (mode, scale), name in NAMED.items():
        if name.replace("_", "") == written["class_name"].lower():
            return {"kind": "uniform", "mode": mode, "scale": scale}
    value = {"Ones": 1.0, "Constant": (written.get("config") or {}).get("value")}.get(written["class_name"])
    if isinstance(value, int | float):
        return {"kind": "constant", "value": float(value)}
    return {"kind": "zeros" if written["class_name"] == "Zeros" else "own"}


REMEDY = Remedy(
    name=INITIALIZER,
    summary="the scale of the first weights",
    neutral={"kind": "uniform", "mode": _MODE, "scale": _SCALE},
    stacks="init",
    check=fields(INITIALIZER, KINDS),
    kinds=KINDS,
    statement="layers",
    lines=_lines,
    candidates=lambda _: ("glorot", "he"),
    argument=_argument,
)
