"""A patch is text that runs: only what changes is written, rows that a trial is judged on are treated alike."""

from __future__ import annotations

import ast
from typing import Any

import keras

from ablate.engine.as_is.records import Facts, Layer
from ablate.try_remedies.patch import Call, Change, patch, together


def dense(index: int, **arguments: str) -> Layer:
    return Layer(
        index=index,
        kind="Dense",
        path="keras.layers.Dense",
        arguments=arguments,
        activation=arguments.get("activation", "").strip("'"),
        trainable=True,
        weights=10,
        zero=False,
        shape=(4,),
        regularized=False,
    )


FACTS = Facts(
    graph=True,
    layers=(dense(0, units="8", activation="'sigmoid'"), dense(1, units="1", activation="'sigmoid'")),
    outputs=(1,),
    optimizer="SGD",
    optimizer_text="keras.optimizers.SGD()",
    loss="binary_crossentropy",
    loss_text="'binary_crossentropy'",
    metrics_text="['accuracy']",
)
CALL = Call(arguments={"batch_size": "32", "epochs": "5"})
SCALE = Change(
    name="inputs=standardized",
    part="inputs",
    words="standardize",
    rows=("mean, deviation = x.mean(axis=0), x.std(axis=0)", "{x} = ({x} - mean) / deviation"),
)
TANH = Change(name="activation=tanh", part="activation", words="tanh", arguments={0: {"activation": "'tanh'"}})
ADAM = Change(name="optimizer=Adam", part="optimizer", words="Adam", optimizer="keras.optimizers.Adam()")


def test_a_program_without_changes_is_the_users_own() -> None:
    assert patch((), FACTS, CALL).text == "model = make_model()\nmodel.fit(x, y, batch_size=32, epochs=5)"


def test_validation_rows_change_like_the_others_and_are_shown_only_if_the_program_has_them() -> None:
    own = patch((SCALE,), FACTS, CALL)
    assert "x = (x - mean) / deviation" in own.text
    assert "x_val" not in own.text
    assert own.after == "x_val = (x_val - mean) / deviation"
    given = patch((SCALE,), FACTS, Call(arguments={}, validated=True))
    assert "x_val = (x_val - mean) / deviation" in given.text
    assert given.call == "model.fit(x, y, validation_data=(x_val, y_val))"
    assert given.after == ""


def test_rows_that_fit_splits_off_are_those_that_a_trial_is_judged_on() -> None:
    split = patch((SCALE,), FACTS, Call(arguments={"validation_split": "0.25"}, split=0.25))
    names = {"x": list(range(8)), "y": list(range(8))}
    exec(split.after, names)  # noqa: S102
    assert names["x_val"] == [6, 7]


def test_changes_of_one_layer_are_joined_and_the_rest_of_compile_is_kept() -> None:
    normal = Change(name="n", part="normalization", words="n", behind={0: ("keras.layers.BatchNormalization()",)})
    text = patch((TANH, normal, ADAM), FACTS, CALL).text
    ast.parse(text)
    joined = "keras.layers.Dense(units=8, activation='tanh'), keras.layers.BatchNormalization()"
    assert f"old.layers[0]: keras.Sequential([{joined}], name=old.layers[0].name)," in text
    assert "old.layers[1]" not in text
    assert "optimizer=keras.optimizers.Adam(),\n    loss='binary_crossentropy',\n    metrics=['accuracy'],\n" in text


def test_what_replaces_a_layer_takes_the_mask_that_the_layer_got() -> None:
    flat = Change(name="f", part="f", words="f", replaced={0: "keras.layers.Flatten()"})
    line = "old.layers[0]: keras.Sequential([keras.layers.Flatten()], name=old.layers[0].name),"
    assert line in patch((flat,), FACTS, CALL).text


def test_a_layer_keeps_its_name_beside_those_of_a_model_from_a_file() -> None:
    made = keras.Sequential(
        [keras.Input((4,)), *(keras.layers.Dense(n, name=f"dense{s}") for n, s in [(8, ""), (1, "_1")])]
    )
    made.compile("sgd", "binary_crossentropy")
    config = made.get_config()

    def make_model() -> Any:
        keras.utils.clear_session()  # names are counted anew, as in a process that reads a file
        model = keras.Sequential.from_config(config)
        model.compile("sgd", "binary_crossentropy")
        return model

    sigmoid = Change(name="h", part="head", words="h", arguments={1: {"activation": "'sigmoid'"}})
    lines = patch((sigmoid,), FACTS, CALL).prepare
    space = {"make_model": make_model}
    exec(lines, space)  # noqa: S102
    assert [layer.name for layer in space["model"].layers] == ["dense", "dense_1"]


def test_what_has_no_text_is_taken_from_the_users_model() -> None:
    own = Facts(optimizer="Mine", loss="mine")
    assert "loss=model.loss" in patch((ADAM,), own, CALL).text
    change = Change(name="l", part="loss", words="l", loss="'mse'")
    assert (
        "optimizer=type(model.optimizer).from_config(model.optimizer.get_config())" in patch((change,), own, CALL).text
    )
    assert (
        "make_model()\nmodel.fit(x, y, epochs=5)"
        in patch((Change(name="b", part="batch_size", words="b", fit={"batch_size": ""}),), own, CALL).text
    )


def test_changes_that_exclude_each_other_are_not_made_together() -> None:
    relu = Change(name="activation=relu", part="activation", words="relu", arguments={0: {"activation": "'relu'"}})
    rate = Change(name="rate", part="learning_rate", words="rate", optimizer="keras.optimizers.SGD(1.0)")
    narrow = Change(name="width", part="width", words="width", arguments={0: {"units": "4"}})
    assert together([TANH, relu, ADAM, rate, narrow, SCALE]) == (TANH, ADAM, narrow, SCALE)


def test_a_layer_that_is_replaced_keeps_no_changed_arguments() -> None:
    gone = Change(name="norm=none", part="normalization", words="", replaced={2: "keras.layers.Identity()"})
    quick = Change(name="norm=quick", part="momentum", words="", arguments={2: {"momentum": "0.8"}})
    assert together([gone, quick]) == (gone,)
    assert together([quick, gone]) == (quick,)
