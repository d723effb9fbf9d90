from __future__ import annotations

from typing import Any

import pytest

from ablate import remedies
from ablate.configure import compose
from ablate.core.study import Setting
from ablate.remedies import activation, normalization
from ablate.remedies._keras_lines import _compile, _hidden, keras_lines
from ablate.remedies._remedy import Lines
from tests.engine.small import content, files, level

BASE = compose(["loss=clipped", "width=16"]).baseline
LAYERS = ("activation", "normalization", "regularizer", "constraint", "initializer")
COMPILED = ("optimizer", "schedule", "clipping")


def settings(factor: str) -> list[Setting]:
    """The baseline with each level of a factor that needs nothing of the user's and is not the baseline's."""
    names = [name for name in files(factor) if name != "own" and "???" not in content(factor, name).values()]
    found = [BASE.replace(**{factor: level(factor, name)}) for name in names]
    return [setting for setting in found if setting != BASE]


def hook(factor: str, name: str) -> Any:
    found = getattr(remedies.registry()[factor], name)
    assert found is not None
    return found


def config(thing: Any) -> dict[str, Any]:
    """What Keras says a thing is, without the name it gave it and the axis that it writes in two ways."""
    return {key: value for key, value in thing.get_config().items() if key not in ("name", "dtype", "axis")}


def run(lines: list[str]) -> dict[str, Any]:
    """The lines as a program that has a model's inputs, like a reader's own."""
    import keras

    names: dict[str, Any] = {"keras": keras, "x": keras.Input((4,)), "classes": 3, "steps": 50}
    program = [line for line in lines if not line.startswith(("model.", "inputs ="))]
    exec("\n".join(program), names)  # noqa: S102
    return names


def layers(tensor: Any) -> list[Any]:
    """The layers on the way from the input to a tensor."""
    import keras

    found: list[Any] = []
    layer = tensor._keras_history.operation
    while not isinstance(layer, keras.layers.InputLayer):
        found.insert(0, layer)
        layer = layer._inbound_nodes[0].input_tensors[0]._keras_history.operation
    return found


def test_the_baseline_needs_no_line() -> None:
    assert keras_lines(BASE, BASE) == []


@pytest.mark.parametrize("factor", ["loss", "input_scale", *LAYERS, *COMPILED])
def test_every_other_level_says_something_and_only_of_its_own(factor: str) -> None:
    for setting in settings(factor):
        text = "\n".join(keras_lines(setting, BASE))
        assert text or setting[factor].name == "as_is"
        assert ("loss = " in text) == (factor == "loss")
        assert ("optimizer = " in text) == (factor in COMPILED)
        assert ("Dense(16" in text) == (factor in LAYERS)


def test_numbers_are_those_of_the_setting() -> None:
    asked = ["width=96", "depth=3", "batch_size=128", "learning_rate=0.02", "dropout=0.25"]
    text = "\n".join(keras_lines(compose(["loss=clipped", *asked]).baseline, BASE))
    for words in ("range(3)", "Dense(96,", "Dropout(0.25)", "learning_rate=0.02", "batch_size=128"):
        assert words in text


@pytest.mark.parametrize("factor", COMPILED)
def test_the_optimizer_is_the_one_that_the_reference_builds(factor: str) -> None:
    import keras

    classes = {name.lower(): name for name in dir(keras.optimizers)}
    for setting in settings(factor):
        made = run(keras_lines(setting, BASE))
        if "optimizer" not in made:
            assert setting["schedule"].params["kind"] == "plateau"  # a callback's matter
            continue
        params = setting.params()
        rate = hook("schedule", "keras_rate")(params["schedule"], params["learning_rate"], compose(["steps=50"]).budget)
        own = {name: value for name, value in params["optimizer"].items() if name != "kind"}
        own |= hook("clipping", "keras_optimizer")(params["clipping"])
        wanted = getattr(keras.optimizers, classes[params["optimizer"]["kind"]])(learning_rate=rate, **own)
        assert config(made["optimizer"]) == config(wanted), setting[factor].name


@pytest.mark.parametrize("factor", LAYERS)
def test_the_layers_are_those_that_the_reference_builds(factor: str) -> None:
    import keras

    for setting in settings(factor):
        found = layers(run(keras_lines(setting, BASE))["x"])
        params = setting.params()
        once = found[: len(found) // params["depth"]]
        dense = hook("regularizer", "keras_dense")(params["regularizer"]) | hook("constraint", "keras_dense")(
            params["constraint"]
        )
        wanted: list[Any] = []
        for name in ("normalization", "activation", "regularizer"):
            wanted += hook(name, "keras_hidden")(params[name], 0, 0)
        assert isinstance(once[0], keras.layers.Dense)
        assert type(once[0].kernel_regularizer) is type(dense.get("kernel_regularizer"))
        assert (once[0].kernel_constraint is None) == ("kernel_constraint" not in dense)
        assert [(type(one), config(one)) for one in once[1:]] == [(type(one), config(one)) for one in wanted]


@pytest.mark.parametrize("name", ["fused", "label_smoothing", "mse", "keras"])
def test_the_loss_is_the_one_that_the_reference_builds(name: str) -> None:
    import keras

    setting = BASE.replace(loss=level("loss", name))
    made = run(keras_lines(setting, BASE))
    before, wanted = hook("loss", "keras_loss")(setting.params()["loss"], ([], None))
    if isinstance(wanted, str):
        assert made["loss"] == wanted
    else:
        assert made["loss"].get_config() == wanted.get_config()
    activation = made["outputs"]._keras_history.operation.activation
    assert (activation is keras.activations.softmax) == bool(before)


@pytest.mark.parametrize("module", [activation, normalization])
def test_the_layers_of_a_level_are_read_back_as_the_level(module: Any) -> None:
    factor = module.REMEDY.name
    read_back = {}
    for setting in settings(factor):
        params = setting.params()[factor]
        for layer in hook(factor, "keras_hidden")(params, 0, 0):
            read_back[setting[factor].name] = module.from_keras(type(layer).__name__, layer.get_config())
            assert read_back[setting[factor].name] in (params, None)
    assert sum(params is not None for params in read_back.values()) >= 2
    other = {"center": False, "scale": True, "axis": -1, "momentum": 0.9, "epsilon": 1e-3}
    assert normalization.from_keras("BatchNormalization", other) is None
    assert activation.from_keras("Activation", {"activation": "relu6"}) == {"kind": "relu_clamped", "maximum": 6.0}


def test_what_is_not_written_anew_is_left_to_the_reader() -> None:
    assert [_compile(statements) for statements in ({"loss"}, {"optimizer"}, {"loss", "optimizer"})] == [
        'model.compile(optimizer=..., loss=loss, metrics=["accuracy"])',
        'model.compile(optimizer=optimizer, loss=..., metrics=["accuracy"])',
        'model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])',
    ]


def test_arguments_of_a_layer_are_in_keras_order() -> None:
    parts = [
        Lines(dense={"name": "'n'", "kernel_constraint": "c"}, hidden=("A()",)),
        Lines(dense={"kernel_initializer": "i", "units": "8"}, depth="2", hidden=("B()", "C()")),
    ]
    assert _hidden(parts) == [
        "for _ in range(2):",
        "    x = keras.layers.Dense(8, kernel_initializer=i, kernel_constraint=c, name='n')(x)",
        *(f"    x = {name}()(x)" for name in "ABC"),
    ]
