"""`initializer`: the scale of the first weights.

All of them rescale the same draws, uniform on (-1, 1), made per (seed, layer) in blocks of columns: a narrower network
takes the leading block of a wider one's, so settings of one seed stay paired across widths and initializers. But for
`own`: what the layers themselves say, drawn by Keras from seeds made of the trial's.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from ablate.core.study import Json
from ablate.remedies._remedy import Kinds, Remedy, fields

if TYPE_CHECKING:
    import numpy as np

KINDS: Kinds = {"uniform": {"mode": (str, "fan_avg"), "scale": (float, 1.0)}, "zeros": {}, "own": {}}
BLOCK = 256
WEIGHTS = 1
"""The stream of initial weights, next to `tasks.order`'s."""


def limit(params: Json, fan_in: int, fan_out: int) -> float:
    """The bound of the uniform distribution: sqrt(3 scale / fan), Keras' `VarianceScaling`; 0 for zeros.

    For `own` it is Keras' default, Glorot's, which only the null band asks for.

    Examples:
        >>> round(limit({"kind": "uniform", "mode": "fan_avg", "scale": 1.0}, 64, 32), 3)
        0.25
    """
    if params["kind"] == "zeros":
        return 0.0
    mode, scale = params.get("mode", "fan_avg"), params.get("scale", 1.0)
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    return math.sqrt(3.0 * scale / max(1.0, fan))


def draw(params: Json, *, seed: int, layer: int, fan_in: int, fan_out: int) -> np.ndarray:
    """Initial weights of one dense layer, float64 [fan_in, fan_out].

    Args:
        params: the initializer's parameters.
        seed: the trial's seed.
        layer: 0 for the first dense layer; the output layer has a number of its own, -1, whatever the depth.
        fan_in: rows.
        fan_out: columns.
    """
    return limit(params, fan_in, fan_out) * _uniform(seed, layer, fan_in, fan_out)


@lru_cache(maxsize=64)
def _uniform(seed: int, layer: int, fan_in: int, fan_out: int) -> np.ndarray:
    import numpy as np

    blocks = []
    for block in range(-(-fan_out // BLOCK)):
        stream = np.random.SeedSequence([seed, WEIGHTS, layer + 1, block])
        rows = np.random.Generator(np.random.PCG64(stream)).random((fan_in, BLOCK))
        blocks.append(rows[:, : fan_out - block * BLOCK])
    return 2.0 * np.concatenate(blocks, axis=1) - 1.0


REMEDY = Remedy(
    name="initializer",
    neutral={"kind": "uniform", "mode": "fan_avg", "scale": 1.0},
    stacks="init",
    check=fields("initializer", KINDS),
)
