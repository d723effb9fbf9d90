"""`input_scale`: standardized features, all inputs mapped to 0-1, to 0-255, divided twice, one huge column, or as is.

Means, deviations and ranges are those of the training rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ablate.core.parameters import Field
from ablate.core.study import TASK, Json
from ablate.remedies import _plugins
from ablate.remedies._lazy import np
from ablate.remedies._remedy import Lines, Remedy, fields, needed

INPUT_SCALE = "input_scale"


@dataclass(frozen=True, kw_only=True)
class Scale:
    """One kind of scale.

    Attributes:
        parameters: parameters, by name, with their defaults.
        numpy: (inputs, training rows of the inputs as float64) -> scaled inputs.
        line: the statements of a user's program that scale the inputs, a line each; empty for none.
    """

    parameters: Mapping[str, Field] = field(default_factory=dict)
    numpy: Callable[[Any, Any], Any] = needed("a function (inputs, training inputs) -> scaled inputs")
    line: str = needed("the statements of a user's program that scale the inputs, or an empty text")


def _standardized(inputs: Any, train: Any) -> Any:
    deviation = np.nanstd(train, axis=0)
    return (inputs - np.nanmean(train, axis=0)) / np.where(deviation > 1e-9, deviation, 1.0)


def _raw(inputs: Any, train: Any) -> Any:
    low, high = np.nanmin(train), np.nanmax(train)
    return (inputs - low) / (high - low if high > low else 1.0)


def _huge_column(inputs: Any, train: Any) -> Any:
    scaled = _standardized(inputs, train)
    scaled[:, int(np.argmax(np.nanstd(train, axis=0) > 1e-9))] *= HUGE
    return scaled


HUGE = 1e4
"""The factor of the column of `huge_column`: a year's income in a table of small numbers."""

_UNIT = "(inputs - train_inputs.min()) / (train_inputs.max() - train_inputs.min())"

KINDS: dict[str, Scale] = {
    "standardized": Scale(
        numpy=_standardized,
        line="inputs = (inputs - train_inputs.mean(0)) / (train_inputs.std(0) + 1e-7)",
    ),
    "raw": Scale(numpy=_raw, line=f"inputs = {_UNIT}"),
    "x255": Scale(numpy=lambda inputs, train: _raw(inputs, train) * 255.0, line=f"inputs = 255.0 * {_UNIT}"),
    "scaled_twice": Scale(numpy=lambda inputs, train: _raw(inputs, train) / 255.0, line=f"inputs = {_UNIT} / 255.0"),
    "huge_column": Scale(
        numpy=_huge_column,
        line="inputs = (inputs - train_inputs.mean(0)) / (train_inputs.std(0) + 1e-7)\n"
        f"inputs[:, (train_inputs.std(0) > 1e-9).argmax()] *= {HUGE:g}",
    ),
    "as_is": Scale(numpy=lambda inputs, train: inputs, line=""),
}
"""`standardized`: each feature minus its mean, divided by its standard deviation (1 for a constant feature). `raw`: the
range of the whole array mapped to 0-1. `x255`: raw times 255. `scaled_twice`: raw divided by 255, as by a second
`x / 255`. `huge_column`: standardized, and the first feature that varies times HUGE. `as_is`: the numbers of the task.
Statistics leave out numbers that are not finite."""

PLAIN: Json = {"kind": "standardized"}


def scale(params: Json, inputs: np.ndarray, train_rows: np.ndarray) -> np.ndarray:
    """Scale the inputs.

    Args:
        params: the parameters of the level; a kind of another package is a function of `inputs` and `train_rows`.
        inputs: [rows, features].
        train_rows: indices of the training rows.

    Returns:
        float32 [rows, features].
    """
    if params["kind"] not in KINDS:
        return np.asarray(_plugins.call(INPUT_SCALE, params, inputs, train_rows), np.float32)
    return np.asarray(KINDS[params["kind"]].numpy(inputs, inputs[train_rows].astype(np.float64)), np.float32)


def _lines(params: Json) -> Lines:
    if params["kind"] not in KINDS:
        return Lines(inputs=(f"inputs = {_plugins.source_name(INPUT_SCALE, params['kind'])}(inputs, train_rows)",))
    return Lines(inputs=tuple(KINDS[params["kind"]].line.splitlines()))


def _candidates(base: Mapping[str, Json]) -> tuple[str, ...]:
    """Try `standardized` and `raw`; leave out `raw` if the inputs are in 0-1 already."""
    unit = base[INPUT_SCALE]["kind"] == "as_is" and _is_unit(base[TASK])
    return ("standardized",) if unit else ("standardized", "raw")


def _is_unit(params: Json) -> bool:
    from ablate import tasks  # keeps `import ablate` light

    task = tasks.load(params)
    train = task.inputs[task.train_rows]
    return bool(train.min() == 0 and train.max() == 1)


REMEDY = Remedy(
    name=INPUT_SCALE,
    summary="the scale of the inputs",
    neutral=PLAIN,
    stacks="data",
    check=fields(INPUT_SCALE, KINDS),
    kinds=KINDS,
    statement="inputs",
    lines=_lines,
    candidates=_candidates,
)
