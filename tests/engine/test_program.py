"""What shares a program, what trains alone, first phases, and the schedule that follows its slot."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ablate import tasks
from ablate.core.study import Json, Trial
from ablate.engine.program import COMPILED_MEGABYTES, estimate, slots_for, stacks
from ablate.remedies import registry, schedule
from tests.engine import contract, small


def together(*trials: Trial) -> bool:
    """Whether these trials share one stack."""
    return len(stacks(trials)) == 1


@pytest.mark.parametrize(
    "levels",
    [
        {"learning_rate": 0.1},
        {"loss": "clipped_1e-3"},
        {"activation": "leaky_relu"},
        {"initializer": "he"},
        {"optimizer": "adam_epsilon_1e-2"},
        {"schedule": "cosine"},
        {"start": "saturated"},
        {"fault": "sign_flipped"},
    ],
)
def test_what_is_a_number_of_the_slot_shares_a_program(levels: dict[str, Json]) -> None:
    one, other = small.trial(), small.trial(seed=1, **levels)
    (program,) = {stack.program for stack in stacks([one, other])}
    assert program == small.only([one]).program


@pytest.mark.parametrize(
    "levels",
    [
        {"width": 17},
        {"depth": 1},
        {"batch_size": 8},
        {"optimizer": "sgd"},
        {"optimizer": "adam_beta2_0.9"},
        {"normalization": "batch"},
        {"regularizer": "l2"},
        {"dropout": 0.5},
        {"schedule": "plateau"},
        {"task": "blobs"},
        {"loss": "keras"},
        {"activation": "tanh"},
        {"fault": "log_zero"},
        {"engine": "reference"},
        {"steps": 21},
        {"looks": 5},
    ],
)
def test_what_changes_shapes_or_operations_splits_programs(levels: dict[str, Any]) -> None:
    one, other = stacks([small.trial(), small.trial(**levels)])
    assert one.program != other.program


def test_stacks_share_inputs_and_first_phase() -> None:
    assert together(small.trial(), small.trial(seed=1, loss="clipped"))
    assert not together(small.trial(), small.trial(input_scale="x255"))
    assert not together(small.trial(), small.trial(fault="nan_row"))
    assert together(small.trial(start="dead"), small.trial(start="symmetric"), small.trial())
    assert not together(small.trial(), small.trial(start="collapsed"))
    assert not together(small.trial(start="collapsed"), small.trial(start="collapsed_kept"))


def test_slots_are_a_function_of_the_program_alone() -> None:
    many = [small.trial(seed=seed) for seed in range(130)]
    assert [len(stack.trials) for stack in stacks(many)] == [64, 64, 2]
    assert {(stack.slots, stack.program) for stack in stacks(many)} == {
        (stack.slots, stack.program) for stack in stacks(many[:1])
    }
    assert [slots_for(width) for width in (1, 64, 65, 256, 512, 4096)] == [64, 64, 32, 16, 8, 4]


@pytest.mark.parametrize("engine", ["fused", "broad"])
def test_each_program_holds_its_share_of_a_workers_memory(engine: str) -> None:
    found = stacks([small.trial(seed=seed, engine=engine, width=width) for width in (5, 6, 7) for seed in range(70)])
    assert (len(found), len({stack.program for stack in found})) == (6, 3)
    costs = [estimate(found[:count], features=64, classes=10, workers=1).megabytes for count in (2, 4, 6)]
    assert np.diff(costs) == pytest.approx([COMPILED_MEGABYTES[engine]] * 2, abs=1.0)


def test_a_worker_is_replaced_before_it_holds_all_programs_of_a_large_grid() -> None:
    found = stacks([small.trial(engine="broad", width=width) for width in range(1, 65)])
    assert 6000 < estimate(found, features=64, classes=10, workers=1).megabytes < 7000


def test_a_factor_that_cannot_be_stacked_trains_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    cannot_stack(monkeypatch, "regularizer")
    found = stacks([small.trial(seed=seed, regularizer=name) for seed in range(3) for name in ("l2", "off")])
    assert sorted((stack.slots, len(stack.trials)) for stack in found) == [(1, 1), (1, 1), (1, 1), (64, 3)]


@pytest.mark.usefixtures("new_programs")
def test_alone_gives_what_plain_keras_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    cannot_stack(monkeypatch, "regularizer")
    levels = {"regularizer": {"kind": "l2", "strength": 0.1}, "normalization": "batch", "dropout": 0.2}
    (found,) = contract.compare(small.only([small.trial(seed=contract.SEED, **levels)]))
    assert found.problems == ()


@pytest.mark.usefixtures("new_programs")
@pytest.mark.parametrize("kind", ["adam", "rmsprop"])
def test_each_slot_has_its_own_epsilon(kind: str) -> None:
    """A large one shortens the first steps a thousandfold; plain Keras does the same with each."""
    own = [small.trial(seed=contract.SEED, optimizer={"kind": kind, "epsilon": value}) for value in (1e-7, 10.0)]
    small_epsilon, large = contract.compare(small.only(own))
    assert small_epsilon.problems == large.problems == ()
    assert not np.allclose(small_epsilon.weights, large.weights)


def cannot_stack(monkeypatch: pytest.MonkeyPatch, factor: str) -> None:
    """Declares that the factor's levels cannot be stacked."""
    monkeypatch.setitem(registry(), factor, dataclasses.replace(registry()[factor], stacks="alone"))


def test_what_cannot_be_mapped_is_an_error_and_no_silent_loop() -> None:
    import tensorflow as tf

    from ablate.engine import fused

    def convolve(slot: Any) -> Any:
        return tf.nn.conv2d(tf.ones([1, 4, 4, 1]), tf.reshape(slot, [2, 2, 1, 1]), 1, "SAME")

    with pytest.raises(ValueError, match="Conv2D"):
        fused._mapped(convolve, tf.zeros([3, 4]))


def test_programs_are_known_without_tensorflow() -> None:
    code = "import sys; import ablate.engine, ablate.engine.program; sys.exit('tensorflow' in sys.modules)"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


@pytest.fixture(scope="module")
def rescued() -> dict[str, Any]:
    """Trials that go on from a first phase, by level of `start`, in float64."""
    from ablate.engine import training

    found = {}
    for name in ("collapsed", "collapsed_kept"):
        trial = small.trial(seed=2, learning_rate=0.01, start=name)
        (found[name],) = training.run(small.only([trial]), "float64")
    return found


@pytest.mark.parametrize("name", ["collapsed", "collapsed_kept"])
def test_a_first_phase_is_training_in_two_parts(name: str, rescued: dict[str, Any]) -> None:
    weights, losses = in_two_parts(kept=name == "collapsed_kept")
    for key, value in rescued[name].variables.weights.items():
        np.testing.assert_allclose(value, weights[key], rtol=1e-9, atol=1e-12)
    seen = rescued[name].curves.signals
    np.testing.assert_allclose([seen["start_loss"][0], seen["start_loss"][-1], seen["loss"][-1]], losses, rtol=1e-5)
    assert (seen["start_step"][0], seen["start_step"][-1]) == (0, small.PHASE)
    assert seen["loss"][0] == seen["start_loss"][-1]


def in_two_parts(*, kept: bool) -> tuple[dict[str, np.ndarray], list[float]]:
    """The same in a few lines of plain Keras: final weights, and the probe loss at start, between and at the end."""
    import keras

    from ablate.engine import data
    from ablate.engine.network import precision

    trial = small.trial(seed=2)
    rows, names = data.rows(trial.setting, 2, "float64"), ("dense_1", "dense_2", "output")
    truth, probe_truth = np.eye(10)[rows.labels], np.eye(10)[rows.probe_labels]
    with precision("float64"):
        inputs = keras.Input((64,))
        layers = [keras.layers.Dense(16, "relu"), keras.layers.Dense(16, "relu"), keras.layers.Dense(10)]
        output = inputs
        for layer in layers:
            output = layer(output)
        model = keras.Model(inputs, output)
        shapes = {f"{name}/kernel": layer.kernel.shape for name, layer in zip(names, layers, strict=True)}
        first = data.dense_weights(trial.setting["initializer"].params, shapes, 2)
        for name, layer in zip(names, layers, strict=True):
            layer.kernel.assign(first[f"{name}/kernel"])
        loss = keras.losses.CategoricalCrossentropy(from_logits=True)
        optimizer = keras.optimizers.Adam(0.001)
        losses = []
        for part, steps in enumerate((small.PHASE, small.STEPS)):
            losses.append(float(loss(probe_truth, model(rows.probe))))
            if part and kept:
                optimizer.learning_rate = 0.01
            elif part:
                optimizer = keras.optimizers.Adam(0.01)
            model.compile(optimizer=optimizer, loss=loss)
            for batch in tasks.order(2, len(rows.labels), 16, steps):
                model.train_on_batch(rows.inputs[batch], truth[batch])
        losses.append(float(loss(probe_truth, model(rows.probe))))
    kernels = {f"{name}/kernel": layer.kernel.numpy() for name, layer in zip(names, layers, strict=True)}
    biases = {f"{name}/bias": layer.bias.numpy() for name, layer in zip(names, layers, strict=True)}
    return kernels | biases, losses


PLATEAU = some.fixed_dictionaries(
    {
        "factor": some.sampled_from([0.1, 0.5]),
        "patience": some.integers(0, 4),
        "min_delta": some.sampled_from([0.0, 1e-4, 0.3]),
        "cooldown": some.integers(0, 3),
        "minimum": some.sampled_from([0.0, 0.2]),
    }
)


@pytest.fixture(scope="module")
def tiny() -> Any:
    """A Keras model for its optimizer's learning rate."""
    import keras

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss="mse")
    return model


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # Keras' callback reads its variable so
@settings(max_examples=25)
@given(params=PLATEAU, losses=some.lists(some.sampled_from([0.5, 1.0, 1.2, 1.2001, 2.0]), min_size=1, max_size=20))
def test_the_plateau_rule_is_keras_own(tiny: Any, params: dict[str, float], losses: list[float]) -> None:
    import tensorflow as tf

    (callback,) = schedule.REMEDY.keras_callbacks({"kind": "plateau", **params})
    tiny.optimizer.learning_rate = 1.0
    callback.set_model(tiny)
    callback.on_train_begin()
    state = schedule.start(tf.constant(1.0))
    for look, loss in enumerate(losses):
        callback.on_epoch_end(look, {"val_loss": np.float32(loss)})
        numbers = {f"schedule.{name}": tf.constant(float(value)) for name, value in params.items()}
        state = schedule.follow(state, tf.constant(loss), numbers.__getitem__)
        np.testing.assert_allclose(float(state["rate"]), tiny.optimizer.learning_rate.numpy(), rtol=1e-6)
