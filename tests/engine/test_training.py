"""A first phase is training in two parts, and a factor that cannot be stacked trains as plain Keras does."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ablate import tasks
from ablate.engine import training
from ablate.engine.starts import Trained, Variables
from tests.engine import contract, small
from tests.engine.alone import cannot_stack


@pytest.mark.usefixtures("new_programs", "short_switches")
def test_alone_gives_what_plain_keras_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    cannot_stack(monkeypatch, "regularizer")
    levels = {"regularizer": {"kind": "l2", "strength": 0.1}, "normalization": "batch", "dropout": 0.2}
    (compared,) = contract.compare(small.only([small.trial(seed=contract.SEED, depth=1, **levels)]))
    assert compared.problems == ()


@pytest.fixture(scope="module")
def rescued() -> dict[str, Any]:
    """Train trials that go on from a first phase, in float64; return them by level of `start`."""
    from ablate.engine import training

    finished = {}
    for name in ("collapsed", "collapsed_kept"):
        trial = small.trial(seed=2, learning_rate=0.01, start=name)
        with small.short_switches():
            (finished[name],) = training.run(small.only([trial]), "float64")
    return finished


@pytest.mark.parametrize("name", ["collapsed", "collapsed_kept"])
def test_a_first_phase_is_training_in_two_parts(name: str, rescued: dict[str, Any]) -> None:
    weights, losses = in_two_parts(kept=name == "collapsed_kept")
    for key, value in rescued[name].variables.weights.items():
        np.testing.assert_allclose(value, weights[key], rtol=1e-9, atol=1e-12)
    signals = rescued[name].curves.signals
    seen = [signals["start_loss"][0], signals["start_loss"][-1], signals["loss"][-1]]
    np.testing.assert_allclose(seen, losses, rtol=1e-5)
    assert (signals["start_step"][0], signals["start_step"][-1]) == (0, small.PHASE)
    assert signals["loss"][0] == signals["start_loss"][-1]


def in_two_parts(*, kept: bool) -> tuple[dict[str, np.ndarray], list[float]]:
    """Train the same in a few lines of plain Keras.

    Returns:
        The final weights, and the validation loss at the start, between the parts and at the end.
    """
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


NET: Any = SimpleNamespace(names=("k", "b"), buffer_names=("mean",))


def stack_of(*trials: Any, slots: int = 3) -> Any:
    return SimpleNamespace(trials=trials, slots=slots)


def test_results_are_taken_out_of_the_slots_of_the_trials() -> None:
    stack = stack_of(small.trial(seed=1, steps=4, looks=2), small.trial(seed=2, steps=4, looks=2))
    state = {
        "weights": [np.arange(3.0), np.arange(6.0).reshape(3, 2)],
        "buffers": [np.array([7.0, 8.0, 9.0])],
        "moments": [np.array([1, 2, 3]), np.array([0.5, 0.25, 0.125])],
        "bad_step": np.array([0, 3, 2]),
        "bad_tensor": np.array([1, 2, 0]),
    }
    one, other = training._decoded(stack, NET, state, {"loss": np.arange(9.0).reshape(3, 3)})
    assert (one.bad_step, one.bad_tensor, other.bad_step, other.bad_tensor) == (-1, "", 3, "gradient b")
    assert [each.signals["step"].tolist() for each in (one, other)] == [[0.0, 2.0, 4.0]] * 2
    assert [each.signals["loss"].tolist() for each in (one, other)] == [[0.0, 3.0, 6.0], [1.0, 4.0, 7.0]]
    assert {each.dtype.name for each in other.signals.values()} == {"float32"}
    (alone,) = training._decoded(stack_of(stack.trials[0]), NET, state, {"loss": np.arange(9.0).reshape(3, 3)})
    assert alone.signals["step"].tolist() == [0.0, 2.0, 4.0]
    variables = other.variables
    assert (float(variables.weights["k"]), variables.weights["b"].tolist()) == (1.0, [2.0, 3.0])
    assert (float(variables.buffers["mean"]), [float(each) for each in variables.moments]) == (8.0, [2.0, 0.25])


def test_slots_without_a_trial_repeat_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    trials = [small.trial(seed=seed, steps=2, looks=1, batch_size=2, learning_rate=0.1 * seed) for seed in (1, 2)]
    rows = [
        SimpleNamespace(inputs=np.full((4, 2), at), labels=np.full(4, at), probe=np.full((3, 2), at), probe_labels=[at])
        for at in (5, 6)
    ]
    starts = [
        Variables(
            weights={"k": np.array(at + 1), "b": np.array(at + 2)},
            buffers={"mean": np.array(at + 3)},
            moments=(np.array(at + 4), np.array(at + 5), np.array(at + 6)),
        )
        for at in (10, 20)
    ]
    given: list[Any] = []

    def program(*arguments: Any) -> Any:
        given.extend(arguments)
        return "state", {"loss": 1, "logits": 2}

    monkeypatch.setattr(training.fused, "network", lambda _: NET)
    monkeypatch.setattr(training.fused, "compiled", lambda _: program)
    monkeypatch.setattr(training.loss_check, "verify_stack", lambda *_: None)
    monkeypatch.setattr(
        training, "_probe_signals", lambda _shapes, logits, labels, _numbers: {"of": (logits, labels[0])}
    )
    monkeypatch.setattr(training, "_decoded", lambda *passed: passed)
    monkeypatch.setattr(training, "numbers_of", lambda trial: {"own": trial.seed} if trial.seed == 2 else {})
    monkeypatch.setattr(training, "common_of", lambda trial: {"first": trial.seed})
    shapes: Any = SimpleNamespace(dtype="float32", numbers=("own", "loss.kind"), classes=3)
    stack = stack_of(*trials, slots=4)
    _, _, state, signals = training._fused(stack, shapes, rows, starts)  # type: ignore[misc, arg-type]
    assert state == "state"
    assert (signals["loss"], signals["of"][0], int(signals["of"][1])) == (1, 2, 5)
    (weights, buffers, moments), numbers, common, rates, order, inputs, labels, probe, truth = given
    fill = [10, 20, 10, 10]
    for parts, shifts in ((weights, (1, 2)), (buffers, (3,)), (moments, (4, 5, 6))):
        assert [part.numpy().tolist() for part in parts] == [[at + shift for at in fill] for shift in shifts]
    assert {name: each.numpy().tolist() for name, each in numbers.items()} == {
        "own": [0, 2, 0, 0],
        "loss.kind": [0] * 4,
    }
    assert (numbers["own"].dtype.name, numbers["loss.kind"].dtype.name) == ("float32", "int32")
    assert {name: int(each) for name, each in common.items()} == {"first": 1}
    np.testing.assert_allclose(rates[:, 0], [0.1, 0.2, 0.1, 0.1], rtol=1e-6)
    assert (rates.shape, rates.dtype.name, order.shape) == ((4, 2), "float32", (4, 2, 2))
    np.testing.assert_array_equal(order[1], tasks.order(2, 4, 2, 2))
    np.testing.assert_array_equal(order[3], tasks.order(1, 4, 2, 2))
    assert (inputs.numpy().tolist(), probe.numpy().tolist(), truth.numpy().tolist()) == (
        [[5, 5]] * 4, [[5, 5]] * 3, [5],
    )  # fmt: skip
    assert labels.numpy().tolist() == [[5] * 4, [6] * 4, [5] * 4, [5] * 4]
    given.clear()
    training._fused(stack_of(trials[1], slots=1), shapes, rows[1:], starts[1:])  # type: ignore[arg-type]
    assert [[int(part[0]) for part in parts] for parts in given[0]] == [[21, 22], [23], [24, 25, 26]]


@pytest.mark.parametrize("engine", ["fused", "reference"])
def test_each_trial_has_its_curves_and_its_share_of_the_time(monkeypatch: pytest.MonkeyPatch, engine: str) -> None:
    trials = [small.trial(seed=seed, engine=engine) for seed in (1, 2)]
    times = iter([10.0, 13.0, 20.0, 25.0])
    made = [
        Trained(signals={"loss": np.array([at])}, bad_step=at, bad_tensor=str(at), variables=f"left {at}")  # type: ignore[arg-type]
        for at in (1, 2)
    ]
    start = SimpleNamespace(signals={"start_loss": np.array([9])})
    monkeypatch.setattr(training, "time", SimpleNamespace(perf_counter=lambda: next(times)))
    monkeypatch.setattr(training, "shapes_of", lambda *_: "shapes")
    monkeypatch.setattr(training.fused, "network", lambda _: NET)
    monkeypatch.setattr(training.data, "rows", lambda _setting, seed, _dtype: seed)
    monkeypatch.setattr(training, "_first_phases", lambda trials, _: [None] * len(trials))
    monkeypatch.setattr(training, "begin", lambda *_: start)
    monkeypatch.setattr(training, "signature", lambda *_: {})
    of_reference = lambda _trial, _net, rows, _start, _dtype: made[rows - 1] if engine == "reference" else None  # noqa: E731
    monkeypatch.setattr(training.reference, "run", of_reference)
    monkeypatch.setattr(training, "_fused", lambda *_: made if engine == "fused" else None)
    finished = training.run(stack_of(*trials))
    assert [each.variables for each in finished] == ["left 1", "left 2"]
    curves = [each.curves for each in finished]
    assert [(each.id, each.bad_step, each.bad_tensor, each.wall_seconds) for each in curves] == [
        (trials[0].id, 1, "1", 1.5),
        (trials[1].id, 2, "2", 1.5),
    ]
    assert {name: values.tolist() for name, values in curves[1].signals.items()} == {"loss": [2], "start_loss": [9]}
    made.pop()
    (alone,) = training.run(stack_of(trials[0]))
    assert alone.curves.wall_seconds == 5.0


def test_trials_of_one_seed_share_a_first_phase(monkeypatch: pytest.MonkeyPatch) -> None:
    signals = {"step": 1, "loss": 2, "correct": 3, "accuracy": 4}
    variables = Variables(weights={"k": np.ones(1)}, buffers={}, moments=(np.ones(1),))
    finished = SimpleNamespace(curves=SimpleNamespace(signals=signals), variables=variables)
    ran: list[Any] = []
    monkeypatch.setattr(training, "first_phase_of", lambda trial: trial if trial.seed < 3 else None)
    monkeypatch.setattr(training, "stacks", lambda phases: [SimpleNamespace(trials=phases)])
    monkeypatch.setattr(training, "run", lambda stack, _: ran.extend(stack.trials) or [finished] * len(stack.trials))
    trials: Any = [SimpleNamespace(seed=seed) for seed in (1, 2, 1, 3)]
    one, other, again, none = training._first_phases(trials, "float32")
    assert (len(ran), none, one is again, one is other) == (2, None, True, False)
    assert one is not None
    assert one.signals == {"start_step": 1, "start_loss": 2, "start_correct": 3}
    assert (one.weights, one.moments) == (variables.weights, variables.moments)


def test_shapes_are_those_of_the_first_trial() -> None:
    with small.short_switches():
        stack = small.only([small.trial(seed=1, width=16)])
        shapes = training.shapes_of(stack, "float64")
    assert (shapes.slots, shapes.features, shapes.classes, shapes.dtype) == (stack.slots, 64, 10, "float64")
    assert shapes.budget == stack.trials[0].budget
    assert dict(shapes.choices) == {"activation.kind": ("relu",), "loss.kind": ("fused",)}
