"""A factor is one module: complete when it is registered, and named in few other places."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ablate.core.errors import ConfigError
from ablate.remedies import Remedy, checked, registry
from ablate.remedies._plugins import _package
from ablate.remedies._remedy import check_complete
from ablate.remedies.activation import Function, as_numpy
from tests.engine.small import content, files, numeric

PACKAGE = Path(__file__).parents[2] / "ablate"

NAMED_IN = {
    "core/study.py": "defines TASK: the id of a trial leaves the task's parameters out, and nothing lower can say so",
    "outcomes/curves.py": "defines PROBE_LOSS, a signal: the probe's loss has the name of the factor `loss`",
    "engine/graph.py": "`activation` is a key in the config of a Keras layer",
    "engine/read_model.py": "`learning_rate` is a key in the config of an optimizer, `optimizer` a word of a message",
    "engine/loss_path.py": "`loss` is a key of the stored loss path",
    "engine/step.py": "`loss` is the name of a tensor, beside gradients and weights",
    "engine/reference.py": "`loss` is the name of a tensor, beside weights",
    "stats/cause_list.py": "`input_scale` and `regularizer` are codes of causes",
}
"""Module outside `remedies` -> why a string in it is the name of a factor."""

KERAS_WORDS = (
    "engine/as_is/",
    "engine/callback/",
    "engine/inspection/",
    "engine/many/",
    "audit/",
    "try_remedies/",
    "watching/",
)
"""Folders that read and change models of users: `loss`, `optimizer`, `activation` are Keras' own words there."""


def named(path: Path) -> Iterator[str]:
    """The strings in a file that are names of factors."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in registry():
            yield node.value


def test_names_of_factors_are_strings_in_few_modules_outside_remedies() -> None:
    modules = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if any(named(path))}
    outside = {module for module in modules if not module.startswith(("remedies/", *KERAS_WORDS))}
    assert outside - set(NAMED_IN) == set(), "import the name from the factor's module: ablate.remedies.width.WIDTH"
    assert set(NAMED_IN) - outside == set(), "take modules that name no factor any more off the list"
    assert len(NAMED_IN) < 10


@pytest.mark.parametrize("name", registry())
def test_every_factor_is_complete(name: str) -> None:
    check_complete(registry()[name], f"{name}.py")
    assert registry()[name].summary


def needed_fields(record: Any) -> list[str]:
    return [each.name for each in dataclasses.fields(record) if "what" in each.metadata]


def without(record: Any, name: str) -> Any:
    """The record as it is when the field is not given."""
    (default,) = [each.default for each in dataclasses.fields(record) if each.name == name]
    return dataclasses.replace(record, **{name: default})


@pytest.mark.parametrize("name", [name for name in needed_fields(Remedy) if name != "name"])
def test_a_field_that_a_factor_lacks_is_named(name: str) -> None:
    broken = without(registry()["clipping"], name)
    with pytest.raises(
        ConfigError, match=rf"^The factor `clipping` lacks `{name}`: .+\. Add it to the record in x\.py\.$"
    ):
        check_complete(broken, "x.py")


KINDS = [(factor, kind) for factor, remedy in registry().items() for kind in remedy.kinds]


@pytest.mark.parametrize(("factor", "kind"), KINDS)
def test_a_field_that_a_kind_lacks_is_named(factor: str, kind: str) -> None:
    remedy = registry()[factor]
    if isinstance(remedy.kinds[kind], dict):
        return
    for name in needed_fields(remedy.kinds[kind]):
        broken = dataclasses.replace(remedy, kinds={**remedy.kinds, kind: without(remedy.kinds[kind], name)})
        with pytest.raises(ConfigError, match=rf"^The kind `{kind}` of the factor `{factor}` lacks `{name}`: "):
            check_complete(broken, "x.py")


def test_a_kind_that_is_a_plain_table_where_others_are_records_is_refused() -> None:
    remedy = registry()["clipping"]
    broken = dataclasses.replace(remedy, kinds={**remedy.kinds, "new": {"value": (float, 1.0)}})
    with pytest.raises(ConfigError, match=r"^The kind `new` of the factor `clipping` must be a `Bound` in x\.py\."):
        check_complete(broken, "x.py")


def test_every_kind_has_a_level_file_and_every_file_a_kind() -> None:
    for factor, remedy in registry().items():
        if remedy.kinds and factor not in numeric():
            kinds = {str(content(factor, name)["kind"]) for name in files(factor)}
            assert kinds == set(remedy.kinds) - ({"own"} if factor == "loss" else set()), factor


def test_an_activation_without_functions_of_its_own_is_one_that_keras_knows() -> None:
    from ablate.remedies._lazy import keras

    for kind, function in registry()["activation"].kinds.items():
        assert (function.tensorflow is None) == (function.keras is None), kind
        assert function.tensorflow is not None or callable(keras.activations.get(kind))


@pytest.mark.parametrize("kind", list(registry()["activation"].kinds))
def test_the_numpy_form_of_an_activation_is_its_keras_layer(kind: str) -> None:
    params = checked("activation", {"kind": kind})
    x = np.linspace(-8, 8, 33, dtype=np.float32)
    (layer,) = registry()["activation"].keras_hidden(params, 0, 0)  # type: ignore[misc]
    np.testing.assert_allclose(as_numpy(params)(x), np.asarray(layer(x)), rtol=1e-5, atol=1e-5)


def test_a_kind_of_activation_with_parameters_must_read_them() -> None:
    activation = registry()["activation"]
    kind = Function(parameters={"threshold": (float, 0.5)}, numpy=lambda x, threshold=0.5: x * (np.abs(x) > threshold))
    broken = dataclasses.replace(activation, kinds={**activation.kinds, "hard_shrink": kind})
    message = (
        "The kind `hard_shrink` of the factor `activation` has parameters, so it needs `tensorflow` and `keras`: "
        "without them its parameters change nothing. Add them to the record in x.py."
    )
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        check_complete(broken, "x.py")


def test_a_way_to_stack_that_is_none_is_refused() -> None:
    broken = dataclasses.replace(registry()["clipping"], stacks="shapes")  # type: ignore[arg-type]
    with pytest.raises(
        ConfigError, match=r"^Unknown value of `stacks`: 'shapes'\. Did you mean 'shape'\? .* in x\.py\.$"
    ):
        check_complete(broken, "x.py")


def test_the_owner_of_an_entry_point_is_its_package_where_that_is_known() -> None:
    (installed, *_) = entry_points(group="pytest11")
    assert installed.dist is not None
    assert _package(installed) == f"the package {installed.dist.name!r}"
    assert _package(EntryPoint(name="x", value="y:z", group="g")) == "an installed package"
