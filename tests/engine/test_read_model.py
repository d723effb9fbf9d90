"""A user's compiled model is read as what it is: its layers, its loss by value and gradient, its levels."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import ablate
from ablate import remedies, tasks
from ablate.configure import model_template
from ablate.core.errors import ConfigError
from ablate.core.study import canonical
from ablate.design import designs
from ablate.engine import loss_path, read_model, user_model
from ablate.remedies import _loss_path
from ablate.remedies import model as models

NETS = "tests.engine.nets"


def read(name: str, **arguments: Any) -> read_model.Compiled:
    return read_model.read(f"{NETS}:{name}", canonical(arguments))


def the_id(*overrides: str) -> str:
    (trial,) = designs.trials(ablate.compose([*overrides, "seed=0"]), lambda params: tasks.load(params).hash)
    return trial.id


def test_a_stack_of_dense_layers_is_the_packages_own_with_its_levels() -> None:
    found = read("stack")
    assert found.template == {"stack": True}
    assert {name: found.levels[name] for name in ("width", "depth", "learning_rate")} == {
        "width": 16,
        "depth": 2,
        "learning_rate": 0.02,
    }
    assert found.levels["initializer"] == {"kind": "uniform", "mode": "fan_in", "scale": 2.0}
    assert found.levels["clipping"] == {"kind": "norm", "value": 0.5}
    assert found.levels["loss"] == {"kind": "keras"}
    assert found.levels["input_scale"] == {"kind": "as_is"}


def test_normalization_dropout_and_penalties_of_every_layer_become_levels() -> None:
    found = read("regular")
    assert found.template == {"stack": True}
    assert found.levels["normalization"] == {"kind": "batch", "momentum": 0.8, "epsilon": 1e-3}
    assert found.levels["activation"] == {"kind": "leaky_relu", "slope": 0.1}
    assert found.levels["regularizer"] == {"kind": "l2", "strength": 0.003}
    assert found.levels["dropout"] == 0.25
    assert found.levels["optimizer"]["kind"] == "rmsprop"
    assert found.levels["loss"] == {"kind": "fused"}


def test_trials_of_such_a_stack_are_those_of_the_words_that_say_the_same() -> None:
    same = ["width=16", "initializer=he", "optimizer=adam", "learning_rate=0.02", "clipping=norm", "clipping.value=0.5"]
    assert the_id(f"model={NETS}:stack") == the_id(*same, "loss=keras", "input_scale=as_is")


def test_the_identity_of_another_graph_is_its_layers_not_its_names_or_its_builder() -> None:
    first = models.REMEDY.identity(model_template.with_template({"kind": "keras", "builder": f"{NETS}:branches"}))
    assert set(first) == {"kind", "architecture"}
    template = read_model.template.read(read_model.graph.of(read_model.built(f"{NETS}:branches", {}))).template
    assert (
        models.REMEDY.identity({"kind": "keras", "builder": "other:name", "arguments": {}, "template": template})
        == first
    )
    wider = model_template.with_template({"kind": "keras", "builder": f"{NETS}:branches", "arguments": {"width": 32}})
    assert models.REMEDY.identity(wider) != first


def test_words_fix_a_level_and_lists_keep_the_models_own_as_the_baseline() -> None:
    study = ablate.compose([f"model={NETS}:branches", "learning_rate=0.7", "batch_size=8,32", "optimizer.momentum=0.5"])
    assert study.baseline["learning_rate"].params == 0.7
    assert study.baseline["optimizer"].params == {"kind": "sgd", "momentum": 0.5, "nesterov": False}
    assert study.baseline["model"].name == f"{NETS}:branches"
    swept = ablate.compose([f"model={NETS}:branches", "learning_rate=0.01,0.1"])
    assert swept.baseline["learning_rate"].params == 0.1


@pytest.mark.parametrize(
    ("arguments", "level", "word"),
    [
        ({"head": "softmax", "loss": "sparse"}, {"kind": "keras"}, "already"),
        ({"head": "softmax", "loss": "sparse", "from_logits": True}, {"kind": "keras"}, "Keras warns"),
        (
            {"head": "softmax", "loss": "one_hot", "from_logits": True, "hidden": True},
            {"kind": "double_softmax"},
            "Softmax is taken twice",
        ),
        ({"head": "softmax", "loss": "one_hot", "hidden": True}, {"kind": "keras_logits_lost"}, "clipped at 1e-07"),
        ({"head": "softmax", "loss": "clipped"}, {"kind": "clipped", "eps": 1e-3}, "clipped at 0.001"),
        ({"head": "softmax", "loss": "clipped", "eps": 1e-7}, {"kind": "keras_logits_lost"}, "clipped at 1e-07"),
        ({"head": None, "loss": "sparse", "from_logits": True}, {"kind": "fused"}, ""),
        ({"head": None, "loss": "one_hot"}, {"kind": "own"}, "taken for probabilities"),
        ({"head": None, "loss": "smoothed", "from_logits": True}, {"kind": "label_smoothing", "alpha": 0.2}, ""),
        ({"head": "softmax", "loss": "mse"}, {"kind": "mse"}, ""),
        ({"head": "softmax", "loss": "focal"}, {"kind": "own"}, "no formulation of the factor `loss`"),
        ({"head": "sigmoid", "loss": "binary_crossentropy"}, {"kind": "own"}, "no formulation of the factor `loss`"),
        ({"head": "relu", "loss": "sparse"}, {"kind": "own"}, "distorts or cuts"),
    ],
)
def test_the_loss_is_known_by_its_values_and_gradients(arguments: dict[str, Any], level: Any, word: str) -> None:
    found = read("headed", **arguments)
    assert {name: found.path.level[name] for name in level} == level
    assert word in " ".join(f"{each.what} {each.advice}" for each in found.findings)
    assert found.path.sparse == (arguments["loss"] == "sparse")


def test_a_loss_of_ones_own_is_identified_by_its_code_and_its_numbers() -> None:
    level = read("headed", head="softmax", loss="focal").path.level
    assert remedies.identity({"loss": level})["loss"] == level, "Keras' own losses are known by name"
    one, other = (
        _loss_path.code(read("headed", head="softmax", loss="clipped", eps=eps).model.loss) for eps in (1e-3, 1e-4)
    )
    assert one != other


@pytest.mark.parametrize("name", ["stack", "regular", "branches", "images"])
def test_the_model_made_from_a_template_computes_what_the_users_does(name: str) -> None:
    found = read(name)
    if found.template.get("stack"):
        found = _as_template(found)
    baked = {**{factor: found.levels[factor] for factor in ("width", "depth")}, "model": {"template": found.template}}
    for factor in ("activation", "normalization", "dropout"):
        value = remedies.registry()[factor].baked(found.levels[factor])
        baked |= {factor: value} if value else {}
    mine, named = _made(found, baked)
    variables = user_model.variables(named)
    rng = np.random.default_rng(0)
    theirs = [each for each in found.model.variables if "seed_generator" not in each.path]
    ours = [each for each_name, each in variables if "seed_generator" not in each_name]
    for one, other in zip(ours, theirs, strict=True):
        value = rng.uniform(0.1, 0.5, one.shape).astype(np.float32) * rng.choice([-1, 1], one.shape)
        value = np.abs(value) if "variance" in other.path else value
        one.assign(value)
        other.assign(value)
    rows = rng.normal(size=(7, 64)).astype(np.float32)
    logits = np.asarray(mine(rows)[0])
    output = np.asarray(found.model(rows.reshape(-1, *found.model.input_shape[1:])))
    wanted = np.exp(logits - logits.max(-1, keepdims=True)) if found.path.tail else logits
    wanted = wanted / wanted.sum(-1, keepdims=True) if found.path.tail else wanted
    assert np.allclose(wanted, output, rtol=1e-4, atol=1e-5)


def _as_template(found: read_model.Compiled) -> read_model.Compiled:
    """The same model with its template written out, though it is our own stack."""
    import dataclasses
    from unittest import mock

    with mock.patch.object(read_model.template, "_is_stack", return_value=False):
        written = read_model.template.read(read_model.graph.of(found.model))
    return dataclasses.replace(found, template=written.template)


def _made(found: read_model.Compiled, baked: dict[str, Any]) -> tuple[Any, user_model.Named]:
    import tensorflow as tf

    from ablate.engine.network import number_type
    from ablate.remedies import _slot_numbers as scope

    numbers, choices = {}, {}
    for factor in ("activation", "dropout"):
        numbers |= remedies.registry()[factor].slot(found.levels[factor], 0)
        numbers |= remedies.registry()[factor].common(found.levels[factor])
        choices |= dict(remedies.registry()[factor].choices(found.levels[factor]))
    with scope.slot({name: tf.constant(value, number_type(name)) for name, value in numbers.items()}, choices):
        model, named = user_model.fused(baked, 64)
        eager = model

        def call(rows: Any) -> Any:
            with scope.slot({name: tf.constant(value, number_type(name)) for name, value in numbers.items()}, choices):
                return eager(rows, training=False)

    return call, named


def test_what_cannot_be_stacked_trains_alone_and_offers_what_it_can() -> None:
    params = model_template.with_template({"kind": "keras", "builder": f"{NETS}:stateful"})
    assert models.REMEDY.alone(params)
    assert read_model.template.why_alone(read_model.graph.of(read_model.built(f"{NETS}:stateful", {}))) == (
        "GRU: its states outlive a batch",
    )
    assert not models.REMEDY.alone(model_template.with_template({"kind": "keras", "builder": f"{NETS}:branches"}))
    assert "width" not in models.applying(params)
    with pytest.raises(ConfigError, match="`width` cannot vary in the model"):
        ablate.compose([f"model={NETS}:images", "width=8,16"])


def test_weights_are_the_layers_own_draws_and_a_function_of_the_seed() -> None:
    from ablate.engine.network import precision

    found = read("images")
    with precision("float32"):
        baked = {"model": {"template": found.template}, "width": found.levels["width"], "activation": {"on": True}}
        _, named = _made(found, baked)
        first, again, other = user_model.drawn(named, 3), user_model.drawn(named, 3), user_model.drawn(named, 4)
    assert all(np.array_equal(value, again[name]) for name, value in first.items())
    assert not np.array_equal(first["conv2d_1/kernel"], other["conv2d_1/kernel"])
    assert not np.allclose(np.sort(first["dense_1/kernel"].ravel())[:10], np.sort(first["output/kernel"].ravel())[:10])


@pytest.mark.parametrize(
    ("builder", "message"),
    [
        ("wrong:raises", "raises ZeroDivisionError: division by zero"),
        ("wrong:exits", "must build a model. It raises SystemExit: bye"),
        ("wrong:changes", "Every call must build the same network"),
        ("wrong:number", "It returns a int"),
        ("wrong:subclassed", "Sequential or functional"),
        ("wrong:shapeless", "keras.Input"),
        ("wrong:lambda", "is a Lambda"),
        ("wrong:shared", "is called 2 times"),
        ("wrong:nested", "A model inside a model"),
        ("wrong:outputs", "one input and one output"),
        ("wrong:optimizer", "Unknown optimizer: 'Adamax'. Did you mean 'adam'?"),
        ("wrong:uncompiled", "must be compiled with a loss"),
        ("single", "The softmax of a single output is always 1"),
        ("branchs", "Unknown function of `tests.engine.nets`: 'branchs'. Did you mean 'branches'?"),
    ],
)
def test_a_builder_that_cannot_be_is_refused_by_name(builder: str, message: str) -> None:
    name, _, how = builder.partition(":")
    with pytest.raises(ConfigError, match=NETS) as caught:
        read(name, **({"how": how} if how else {}))
    assert message in str(caught.value)


def test_modules_and_arguments_nobody_knows_are_named_with_the_nearest_match() -> None:
    with pytest.raises(ConfigError, match=r"no module 'sklern'.*Did you mean 'sklearn'"):
        read_model.read("sklern:build", "{}")
    with pytest.raises(ConfigError, match=r"my_package\.module:function"):
        read_model.read("nets", "{}")
    with pytest.raises(ConfigError, match=r"Unknown argument of .*'widht'.* Did you mean 'width'"):
        read("branches", widht=3)


def test_model_and_task_must_fit() -> None:
    task = tasks.load({"kind": "digits"})
    read_model.fits(read("branches"), task)
    with pytest.raises(ConfigError, match="one output per class: 3"):
        read_model.fits(read("branches"), tasks.load({"kind": "blobs", "classes": 3, "features": 64}))
    with pytest.raises(ConfigError, match="as many numbers as a row"):
        read_model.fits(read("branches"), tasks.load({"kind": "words"}))
    said = " ".join(each.what for each in read_model.against(read("branches"), task))
    assert "class numbers" in said


def test_losses_are_compared_without_a_word_of_tensorflow(caplog: pytest.LogCaptureFixture) -> None:
    levels = [{"kind": "fused"}, *({"kind": "clipped", "eps": 10.0**-power} for power in range(3, 10))]
    rows = np.eye(4, dtype=np.float32)
    with caplog.at_level("WARNING"):
        for level in levels:
            formulation = loss_path._formulation.__wrapped__(json.dumps(level), 4)
            loss_path._numbers(formulation, rows, rows)
    assert not [record for record in caplog.records if "retracing" in record.getMessage()]
