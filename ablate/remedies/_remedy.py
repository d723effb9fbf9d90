"""What a factor tells the package: one frozen record of plain data and plain functions.

A factor's module holds one such record, `REMEDY`, and beside it a table of its kinds: one record for each kind. Fields
declared with `needed` must be given; `check_complete` names the first one that is missing.
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from ablate.core import parameters
from ablate.core.errors import ConfigError, unknown
from ablate.core.parameters import Field
from ablate.core.parameters import Kinds as Kinds
from ablate.core.parameters import number as number
from ablate.core.study import Json, Level
from ablate.remedies import _plugins

Hook = Callable[..., Any]

Stacks = Literal["value", "choice", "state", "init", "data", "shape", "alone"]

Statement = Literal["inputs", "layers", "loss", "optimizer", "fit", "none"]

Choices = Mapping[str, Sequence[str]]
"""By the name of a number: what a program holds for it, in order. An item is a kind, or the canonical JSON of a level
of another package or of a user; the number is the item's index."""


def _missing(*_: Any) -> Any:
    """Stand for a field that was not given; `check_complete` looks for it."""
    raise ConfigError("A factor must be registered before it is used: call `ablate.remedies.registry()`.")


def needed(what: str) -> Any:
    """Declare a field of a factor's or a kind's record that must be given.

    Args:
        what: what the field holds; the message says it when the field is missing.
    """
    return field(default=_missing, metadata={"what": what})


def nothing(*_: Any) -> dict[str, Any]:
    """Return an empty mapping, for a factor that contributes nothing."""
    return {}


def same(params: Json) -> Json:
    """Return the parameters unchanged."""
    return params


def never(_: Json) -> bool:
    """Return False, whatever the level."""
    return False


def no_candidates(_: Mapping[str, Json]) -> tuple[str, ...]:
    """Return no levels: `ablate try` leaves the factor alone."""
    return ()


def as_float32(value: float) -> float:
    """Return the nearest float32, as Keras keeps Python numbers whatever the type of the model."""
    return float(struct.unpack("f", struct.pack("f", value))[0])


@dataclass(frozen=True, kw_only=True)
class Lines:
    """How one level is written in a user's Keras program: what it adds to each statement, as source text.

    Attributes:
        inputs: statements that scale the inputs.
        depth: the number of hidden layers.
        dense: arguments of each hidden `keras.layers.Dense`, by name.
        hidden: layers that follow each hidden `keras.layers.Dense`.
        loss: the statement of the output layer, and the statement that defines `loss`.
        optimizer: the class of the optimizer.
        arguments: arguments of the optimizer, by name.
        rate: the learning rate under a schedule, where `{rate}` stands for the number.
        fit: arguments of `model.fit`.
        extra: further statements.
    """

    inputs: tuple[str, ...] = ()
    depth: str = ""
    dense: Mapping[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    loss: tuple[str, ...] = ()
    optimizer: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    rate: str = ""
    fit: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()


def no_lines(_: Json) -> Lines:
    """Return no lines, for a factor whose levels are not written in a Keras program."""
    return Lines()


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """A factor: its parameters, how its levels share a program, and what they mean to Keras.

    The first group describes the factor. The second says how a level enters a compiled program. The third says what a
    user of plain Keras would write. `None` means that the factor contributes nothing there. Hooks run in `order`.

    Attributes:
        name: the factor's name: config group, column of tables, and module.
        summary: what the factor changes, in one line.
        neutral: parameters that leave a trial as plain Keras; a trial id omits them. None if there are none.
        stacks: how levels share a program: `value` (a number per slot), `choice` (a function selected per slot),
            `state` (a value that changes while a slot trains), `init` (host-side weights), `data` (host-side arrays),
            `shape` (splits programs) or `alone` (levels that compile something in train one trial at a time).
        check: parameters -> canonical parameters; raises ConfigError.
        kinds: the record of each kind; empty for a number.
        statement: the statement of a Keras program that is written anew when the factor changes; `layers` are the
            hidden layers, and `none` means that no statement depends on the factor.
        lines: parameters -> Lines.
        candidates: baseline parameters by factor -> names or numbers of the levels that `ablate try` tries, the
            likeliest remedy first.
        problem: whether it describes the problem (data, network, start, a planted bug), so that no level is a remedy.
        argument: level -> value for a builder that has an argument of the factor's name. None: builders are not asked.

        baked: parameters -> the part that is compiled into the program (JSON).
        choices: parameters -> Choices. They may depend on the level alone: with other choices the last bits differ. So
            a list of kinds never changes: a kind that is added later is the only one of its programs.
        slot: (parameters, seed) -> numbers of one slot by name; `_slot_numbers.number` reads them while tracing.
        common: parameters -> whole numbers that all trials of a stack share, by name; read in the same way.
        order: position of the factor's hooks among those of other factors.
        identity: parameters -> the part that belongs to the trial id.
        alone: parameters -> whether trials of this level cannot share a program, whatever `stacks` says.
        hidden: (baked) -> Keras layers that follow each hidden dense layer.
        penalty: (baked, kernels, hidden outputs) -> a scalar added to the loss.
        gradients: (baked, gradients) -> gradients.
        project: (baked, kernel) -> kernel of a hidden layer after an update.
        rates: (parameters, rate, budget) -> learning rate of each step, float64 [steps].
        data: (parameters, inputs, labels, classes, seed) -> inputs and labels of the training rows.

        keras_dense: (parameters) -> arguments of each hidden `keras.layers.Dense`.
        keras_hidden: (parameters, layer, seed) -> Keras layers that follow hidden dense layer number `layer`.
        keras_optimizer: (parameters) -> arguments of the Keras optimizer.
        keras_gradients: (parameters, gradients) -> gradients, before the Keras optimizer clips and applies them.
        keras_rate: (parameters, rate, budget) -> value of `learning_rate`.
        keras_loss: (parameters, (layers after the logits, loss)) -> the same pair with this factor's change.
        keras_callbacks: (parameters) -> callbacks that treat each evaluation as the end of an epoch.
    """

    name: str = needed("its name")
    summary: str = needed("what the factor changes, in one line")
    neutral: Json = needed("the parameters that leave a trial as plain Keras, or None")
    stacks: Stacks = needed("how its levels share a program: value, choice, state, init, data, shape or alone")
    check: Callable[[Json], Json] = needed("a function that checks the parameters; `fields` and `number` make one")
    kinds: Mapping[str, Any] = field(default_factory=dict)
    statement: Statement = needed("the Keras statement it changes: inputs, layers, loss, optimizer, fit or none")
    lines: Callable[[Json], Lines] = needed("how a level is written in a Keras program; `no_lines` if it is not")
    candidates: Callable[[Mapping[str, Json]], Sequence[str | float]] = needed(
        "the levels that `ablate try` tries; `no_candidates` if there are none"
    )
    problem: bool = False
    argument: Callable[[Level], Json] | None = None

    baked: Callable[[Json], Json] = nothing
    choices: Callable[[Json], Choices] = nothing
    slot: Callable[[Json, int], dict[str, float]] = nothing
    common: Callable[[Json], dict[str, int]] = nothing
    order: int = 50
    identity: Callable[[Json], Json] = same
    alone: Callable[[Json], bool] = never
    hidden: Hook | None = None
    penalty: Hook | None = None
    gradients: Hook | None = None
    project: Hook | None = None
    rates: Hook | None = None
    data: Hook | None = None

    keras_dense: Hook | None = None
    keras_hidden: Hook | None = None
    keras_optimizer: Hook | None = None
    keras_gradients: Hook | None = None
    keras_rate: Hook | None = None
    keras_loss: Hook | None = None
    keras_callbacks: Hook | None = None

    @property
    def inside(self) -> bool:
        """Return whether the factor changes the hidden layers; a user's model may have no place for such a factor."""
        return self.statement == "layers"


def check_complete(remedy: Remedy, file: str) -> None:
    """Check that a factor and each of its kinds give every field that is needed.

    Args:
        remedy: the factor's record.
        file: the file that holds it, for the message.

    Raises:
        ConfigError: a field is missing; the message names the factor, the kind and the field.

    Examples:
        >>> check_complete(Remedy(name="noise", summary="Gaussian noise on the inputs.", neutral=0.0), "noise.py")
        Traceback (most recent call last):
        ...
        ablate.core.errors.ConfigError: The factor `noise` lacks `stacks`: how its levels share a program: value, \
choice, state, init, data, shape or alone. Add it to the record in noise.py.
    """
    records: dict[str, Any] = {f"factor `{remedy.name}`": remedy}
    records |= {f"kind `{kind}` of the factor `{remedy.name}`": record for kind, record in remedy.kinds.items()}
    kind = remedy.neutral["kind"] if isinstance(remedy.neutral, Mapping) else ""
    neutral = f"kind `{kind}` of the factor `{remedy.name}`"  # may be an empty table instead of a record
    wanted = next((type(record) for record in remedy.kinds.values() if not isinstance(record, Mapping)), None)
    for owner, record in records.items():
        if isinstance(record, Mapping):
            if wanted and owner != neutral:
                raise ConfigError(f"The {owner} must be a `{wanted.__name__}` in {file}. Received: {record!r:.80}.")
            continue
        for needed_field in dataclasses.fields(record):
            if getattr(record, needed_field.name) is _missing:
                raise ConfigError(
                    f"The {owner} lacks `{needed_field.name}`: {needed_field.metadata['what']}. "
                    f"Add it to the record in {file}."
                )
        if record is remedy and remedy.stacks not in get_args(Stacks):
            raise ConfigError(f"{unknown('value of `stacks`', remedy.stacks, get_args(Stacks))} Mend it in {file}.")
        if hasattr(record, "lacks") and (reason := record.lacks()):
            raise ConfigError(f"The {owner} {reason}. Add them to the record in {file}.")


def fields(factor: str, kinds: Mapping[str, Any]) -> Callable[[Json], dict[str, Json]]:
    """Make a check for a config group; other packages may add kinds to it.

    Args:
        factor: the config group's name.
        kinds: kind -> its parameters, or a record that has them as `parameters`.

    Returns:
        A function that returns parameters in canonical form, with defaults filled in. It looks for a kind in other
        packages only if a level names it.
    """
    tables = {kind: parameters_of(record) for kind, record in kinds.items()}
    check_ours = parameters.fields(factor, tables)

    def check(params: Json) -> dict[str, Json]:
        kind = params.get("kind") if isinstance(params, Mapping) else None
        if kind is None or kind in tables:
            return check_ours(params)
        added = _plugins.kinds(factor)
        if kind not in added:
            raise ConfigError(unknown(f"kind of `{factor}`", kind, [*tables, *added]))
        result = parameters.fields(factor, {kind: _plugins.parameters(factor, kind)})(params)
        _plugins.check_code(factor, result)
        return result

    return check


def parameters_of(record: Any) -> Mapping[str, Field]:
    """Return the parameters of a kind: the table itself, or the `parameters` of its record."""
    table: Mapping[str, Field] = record if isinstance(record, Mapping) else record.parameters
    return table
