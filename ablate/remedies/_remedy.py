"""What a factor tells the engine: one frozen record of plain functions, each with a default that does nothing."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ablate.core import parameters
from ablate.core.errors import ConfigError, unknown
from ablate.core.parameters import Kinds as Kinds
from ablate.core.parameters import number as number
from ablate.core.study import Json
from ablate.remedies import _plugins

Stacks = Literal["value", "choice", "state", "init", "data", "shape", "alone"]

Choices = Mapping[str, Sequence[int | str]]
"""By number of a slot the values a program selects among; by other names, texts that its functions are made from."""


def nothing(*_: Any) -> dict[str, Any]:
    """No names, no numbers."""
    return {}


def same(params: Json) -> Json:
    """The parameters as they are."""
    return params


def never(_: Json) -> bool:
    """No level of the factor does."""
    return False


def as_float32(value: float) -> float:
    """The nearest float32: what Keras and TensorFlow make of a Python number or attribute, whatever a model's type."""
    return float(struct.unpack("f", struct.pack("f", value))[0])


Hook = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """A factor: its parameters, how its levels stack, and what they mean to Keras.

    The first block is plain data. The second is how a level enters a stack, the third what a user of plain Keras
    would write for it; `None` means that the factor has nothing to say there. Hooks run in `order`.

    Attributes:
        name: the factor's name: config group, column and module.
        neutral: parameters that leave a trial as plain Keras, and so out of the trial id; None if there are none.
        stacks: how levels share a program: `value` (a number per slot), `choice` (a function selected per slot),
            `state` (a value that follows the slot), `init` (host-side weights), `data` (host-side arrays),
            `shape` (splits programs) or `alone` (where it bakes anything in, trials train one at a time).
        check: parameters -> canonical parameters; raises ConfigError.
        baked: parameters -> what of them is compiled into the program (JSON).
        choices: parameters -> by number, the values that a program of this level selects among. A function of the level
            alone: what else a program could select changes how it is compiled, and with that the last bits.
        slot: (parameters, seed) -> numbers of one slot by name, read in the compiled program by `scope.number`.
        order: where among the factors its hooks run.
        identity: parameters -> what of them is part of the trial id.
        alone: parameters -> whether trials of this level cannot share a program's slots, whatever `stacks` says.
        broad: the factor as it stacks in `engine=broad`, where one program serves all the levels that are cheap to
            select among: a record with other `baked`, `choices` and `slot`. None: it stacks there as everywhere.

        hidden: (baked) -> Keras layers that follow each hidden dense layer of a stacked model.
        penalty: (baked, kernels, hidden outputs) -> a scalar added to the loss.
        gradients: (baked, gradients) -> gradients.
        project: (baked, kernel) -> kernel of a hidden layer, after each update.
        rates: (parameters, rate, budget) -> float64 [steps], the learning rate of each step.
        data: (parameters, inputs, labels, classes, seed) -> inputs and labels of the training rows.

        keras_dense: (parameters) -> arguments of each hidden `keras.layers.Dense`.
        keras_hidden: (parameters, layer, seed) -> Keras layers that follow hidden dense layer number `layer`.
        keras_optimizer: (parameters) -> arguments of the Keras optimizer.
        keras_rate: (parameters, rate, budget) -> what a user passes as `learning_rate`.
        keras_loss: (parameters, (layers after the logits, loss)) -> the same, as a user writes them.
        keras_callbacks: (parameters) -> callbacks that hear of each look as of an epoch's end.
    """

    name: str
    neutral: Json
    stacks: Stacks
    check: Callable[[Json], Json]
    baked: Callable[[Json], Json] = nothing
    choices: Callable[[Json], Choices] = nothing
    slot: Callable[[Json, int], dict[str, float]] = nothing
    order: int = 50
    identity: Callable[[Json], Json] = same
    alone: Callable[[Json], bool] = never
    broad: Remedy | None = None

    hidden: Hook | None = None
    penalty: Hook | None = None
    gradients: Hook | None = None
    project: Hook | None = None
    rates: Hook | None = None
    data: Hook | None = None

    keras_dense: Hook | None = None
    keras_hidden: Hook | None = None
    keras_optimizer: Hook | None = None
    keras_rate: Hook | None = None
    keras_loss: Hook | None = None
    keras_callbacks: Hook | None = None


def fields(factor: str, kinds: Kinds) -> Callable[[Json], dict[str, Json]]:
    """Make a check for a config group that other packages may add kinds to.

    Args:
        factor: the config group's name.
        kinds: parameters by name, for each kind of this package.

    Returns:
        Parameters -> the same in canonical form, defaults filled in. Kinds of other packages are looked up when they
        are named.
    """
    check_own = parameters.fields(factor, kinds)

    def check(params: Json) -> dict[str, Json]:
        kind = params.get("kind") if isinstance(params, Mapping) else None
        if kind is None or kind in kinds:
            return check_own(params)
        added = _plugins.kinds(factor)
        if kind not in added:
            raise ConfigError(unknown(f"kind of `{factor}`", kind, [*kinds, *added]))
        result = parameters.fields(factor, {kind: _plugins.parameters(factor, kind)})(params)
        _plugins.check_code(factor, result)
        return result

    return check
