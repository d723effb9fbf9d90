"""`model`: the network itself: the package's own stack of dense layers, or a model that a user's function builds.

A user's model is stored as its template: the layers and how they are connected, without names. If the template is our
own stack of dense layers, its trials have the ids of that stack. Any other template can have places for activations,
normalizations and dropouts, where the factors of these names decide.
"""

from __future__ import annotations

import hashlib

from ablate.core.errors import ConfigError
from ablate.core.study import ID_DIGITS, Json, canonical
from ablate.remedies import registry
from ablate.remedies._remedy import Kinds, Remedy, fields, no_candidates, no_lines

MODEL = "model"

KINDS: Kinds = {
    "mlp": {},
    "keras": {"builder": (str, ...), "arguments": (dict, {}), "template": (dict, {})},
}


def is_own(params: Json) -> bool:
    """Return whether this is the package's own stack of dense layers, even if a user's function builds it."""
    return bool(params["kind"] == "mlp" or params["template"].get("stack", False))


def _identity(params: Json) -> Json:
    """Return a hash of the template; neither the builder's name nor its file belongs to a trial id."""
    if is_own(params):
        return {"kind": "mlp"}
    digest = hashlib.sha256(canonical(params["template"]).encode()).hexdigest()[:ID_DIGITS]
    return {"kind": "keras", "architecture": digest}


def _baked(params: Json) -> Json:
    """Return the template; nothing for our own stack."""
    return {} if is_own(params) else {"template": params["template"], "builder": params["builder"]}


def _alone(params: Json) -> bool:
    """Return whether the model has a layer that cannot be stacked."""
    return not is_own(params) and bool(params["template"]["alone"])


def windows(params: Json) -> int:
    """Return how many numbers the largest windows of the model's convolutions hold for one row; 0 without windows."""
    return 0 if is_own(params) else int(params["template"].get("windows", 0))


def inside() -> tuple[str, ...]:
    """Return the factors of the hidden layers, in alphabetical order."""
    return tuple(sorted(name for name, remedy in registry().items() if remedy.inside))


def applying(params: Json) -> tuple[str, ...]:
    """Return the factors of the hidden layers that can vary in this model."""
    return inside() if is_own(params) else tuple(params["template"]["open"])


def check_factors(params: Json, varying: list[str]) -> None:
    """Check that a model lets these factors vary.

    Args:
        params: parameters of the level of `model`.
        varying: names of the factors that vary.

    Raises:
        ConfigError: the model has no place for one of them.
    """
    if is_own(params):
        return
    for name in varying:
        if name in inside() and name not in applying(params):
            allowed = ", ".join(applying(params)) or "(none)"
            raise ConfigError(
                f"`{name}` cannot vary in the model that `{params['builder']}` builds: the model has no place for this "
                f"factor. These factors of the hidden layers can vary: {allowed}."
            )


REMEDY = Remedy(
    name=MODEL,
    summary="the network: dense layers, or a model of yours",
    neutral={"kind": "mlp"},
    stacks="shape",
    check=fields(MODEL, KINDS),
    kinds=KINDS,
    statement="none",
    lines=no_lines,
    candidates=no_candidates,
    problem=True,
    baked=_baked,
    identity=_identity,
    alone=_alone,
    order=5,
)
