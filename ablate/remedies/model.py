"""`model`: the network itself: the package's own stack of dense layers, or one that a user's function builds.

A user's model is stored as its template: the layers and how they are connected, without names. A template that is our
own stack of dense layers is that stack, with the same trial ids. In the others, hidden dense layers, activations,
normalization and dropout stand where the factors of these names can change them.
"""

from __future__ import annotations

import hashlib

from ablate.core.errors import ConfigError
from ablate.core.study import ID_DIGITS, Json, canonical
from ablate.remedies._remedy import Kinds, Remedy, fields

KINDS: Kinds = {
    "mlp": {},
    "keras": {"builder": (str, ...), "arguments": (dict, {}), "template": (dict, {})},
}
_fields = fields("model", KINDS)


def check(params: Json) -> Json:
    """Check the parameters and fill in defaults.

    A builder is not called here: `ablate.configure` adds the template of the model that it builds.

    Raises:
        ConfigError: an unknown kind or parameter, or a wrong type.
    """
    return _fields(params)


def is_own(params: Json) -> bool:
    """Whether this is the package's own stack of dense layers, whoever built it."""
    return bool(params["kind"] == "mlp" or params["template"].get("stack", False))


def identity(params: Json) -> Json:
    """A hash of the template: neither the builder's name nor its file."""
    if is_own(params):
        return {"kind": "mlp"}
    return {"kind": "keras", "architecture": _hash(params["template"])}


def _hash(template: Json) -> str:
    return hashlib.sha256(canonical(template).encode()).hexdigest()[:ID_DIGITS]


def baked(params: Json) -> Json:
    """The template; nothing for our own stack."""
    return {} if is_own(params) else {"template": params["template"], "builder": params["builder"]}


def alone(params: Json) -> bool:
    """Whether the model has a layer that cannot be stacked."""
    return not is_own(params) and bool(params["template"]["alone"])


def windows(params: Json) -> int:
    """Numbers in the largest windows of the model's convolutions and pooling, for one row; 0 if it has none."""
    return 0 if is_own(params) else int(params["template"].get("windows", 0))


def applying(params: Json) -> tuple[str, ...]:
    """The factors about the network's inside that this model leaves to their levels."""
    inside = ("activation", "constraint", "depth", "dropout", "initializer", "normalization", "regularizer", "width")
    return inside if is_own(params) else tuple(params["template"]["open"])


def check_factors(params: Json, varying: list[str]) -> None:
    """Whether a model lets these factors vary.

    Raises:
        ConfigError: one of them has nothing to change in the model.
    """
    from ablate.remedies import registry

    if is_own(params):
        return
    inside = [name for name, remedy in registry().items() if remedy.hidden or remedy.penalty or remedy.project]
    for name in varying:
        if name in (*inside, "depth", "initializer", "width") and name not in applying(params):
            allowed = ", ".join(applying(params)) or "none of them"
            raise ConfigError(
                f"`{name}` cannot vary in the model that `{params['builder']}` builds: it has no place for it. "
                f"Of the factors about the network's inside, these can: {allowed}."
            )


REMEDY = Remedy(
    name="model",
    neutral={"kind": "mlp"},
    stacks="shape",
    check=check,
    baked=baked,
    identity=identity,
    alone=alone,
    order=5,
)
