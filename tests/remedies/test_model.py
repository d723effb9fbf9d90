"""A model of the user's is known by its template, and lets those factors vary that it has a place for."""

from __future__ import annotations

import hashlib

import pytest

from ablate.core.errors import ConfigError
from ablate.core.study import Json, canonical
from ablate.remedies import model, registry

INSIDE = ("activation", "constraint", "depth", "dropout", "initializer", "normalization", "regularizer", "width")
MLP: Json = {"kind": "mlp"}


def users(**template: Json) -> Json:
    return {"kind": "keras", "builder": "m:make", "arguments": {}, "template": {"alone": False, **template}}


def test_our_own_stack_is_told_whoever_builds_it() -> None:
    assert [model.is_own(params) for params in (MLP, users(stack=True), users(stack=False), users())] == [
        True, True, False, False,
    ]  # fmt: skip
    assert model._identity(users(stack=True)) == MLP
    assert model._baked(users(stack=True)) == {}


def test_another_template_is_its_hash() -> None:
    params = users(nodes=[1])
    digest = hashlib.sha256(canonical(params["template"]).encode()).hexdigest()[:16]
    assert model._identity(params) == {"kind": "keras", "architecture": digest}
    assert model._baked(params) == {"template": params["template"], "builder": "m:make"}


@pytest.mark.parametrize(
    ("params", "alone"),
    [(MLP, False), (users(alone=True), True), (users(), False), (users(alone=True, stack=True), False)],
)
def test_a_model_with_a_layer_that_cannot_be_stacked_trains_alone(params: Json, *, alone: bool) -> None:
    assert model._alone(params) is alone


@pytest.mark.parametrize(
    ("params", "numbers"), [(MLP, 0), (users(windows=7), 7), (users(), 0), (users(windows=7, stack=True), 0)]
)
def test_windows_are_those_of_the_template(params: Json, numbers: int) -> None:
    assert model.windows(params) == numbers


def test_factors_of_the_hidden_layers_vary_where_the_model_has_places() -> None:
    inside = model.inside()
    assert inside == tuple(sorted(name for name in registry() if registry()[name].statement == "layers"))
    assert set(inside) <= set(INSIDE)
    assert model.applying(MLP) == inside
    params = users(open=["activation", "dropout"])
    assert model.applying(params) == ("activation", "dropout")
    model.check_factors(params, ["activation", "loss", "dropout"])
    model.check_factors(MLP, list(inside))
    with pytest.raises(ConfigError, match=r"`width` cannot vary in .* `m:make` .* can vary: activation, dropout\."):
        model.check_factors(params, ["activation", "width"])
    with pytest.raises(ConfigError, match=r"can vary: \(none\)\."):
        model.check_factors(users(open=[]), ["width"])
    assert (model.REMEDY.problem, model.REMEDY.order) == (True, 5)
