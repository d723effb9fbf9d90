"""A trial is what `fit` does: the same weights, counted whatever the metric says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pytest

from ablate.engine.as_is import program, trial
from ablate.engine.as_is.records import Job
from tests.engine.as_is import programs

OWN = Job(prepare="model = make_model()", call="model.fit(x, y, batch_size=32, epochs=3)", seed=7)


def test_a_trial_ends_as_plain_fit_with_its_seed(tmp_path: Path) -> None:
    import keras

    path = programs.saved(programs.sigmoid, tmp_path)
    ending = trial.train(path, OWN)
    x, y = programs.rows()
    keras.utils.clear_session()
    keras.utils.set_random_seed(7)
    model = programs.sigmoid()
    model.fit(x[:180], y[:180], batch_size=32, epochs=3, verbose=0)
    own = (model(x[180:], training=False).numpy()[:, 0] > 0.5) == y[180:]
    assert ending.error == ""
    assert ending.rows == 60
    assert ending.correct[-1] == int(own.sum())
    norm = np.sqrt(sum(float((np.asarray(weight, np.float64) ** 2).sum()) for weight in model.trainable_weights))
    assert ending.signals["weights"] == pytest.approx(norm, rel=1e-6), "looking on has changed the run"
    assert ending.steps[0] == 0
    assert ending.steps[-1] == 18
    assert ending.losses[-1] < ending.losses[0]


def test_what_fit_raises_is_the_ending(tmp_path: Path) -> None:
    path = programs.saved(programs.sigmoid, tmp_path)
    ending = trial.train(path, Job(prepare="model = make_model()\ny = y.astype(str)", call=OWN.call))
    assert ending.error
    assert trial.train(path, Job(prepare="model = nothing", call=OWN.call)).error.startswith("NameError")


def test_time_cuts_a_trial_and_callbacks_are_the_users_own(tmp_path: Path) -> None:
    import keras

    stop = cloudpickle.dumps([keras.callbacks.EarlyStopping(monitor="loss", patience=0, min_delta=1e9)])
    path = programs.saved(programs.sigmoid, tmp_path, callbacks=stop)
    call = "model.fit(x, y, batch_size=32, epochs=30, callbacks=callbacks)"
    assert trial.train(path, Job(prepare=OWN.prepare, call=call)).steps[-1] <= 12
    cut = trial.train(path, Job(prepare=OWN.prepare, call=OWN.call, seconds=0.0))
    assert cut.cut
    assert cut.steps[-1] == 1


def test_half_precision_of_one_program_does_not_reach_the_next(tmp_path: Path) -> None:
    import keras

    path = programs.saved(programs.sigmoid, tmp_path)
    half = Job(
        prepare="import keras\nkeras.config.set_dtype_policy('mixed_float16')\nmodel = make_model()", call=OWN.call
    )
    assert trial.train(path, half).error == ""
    assert keras.config.dtype_policy().name == "float32"


def reader() -> Any:
    """A network that reads texts."""
    import keras

    layers = keras.layers
    words = layers.TextVectorization(max_tokens=20, output_sequence_length=4, vocabulary=["good", "bad", "so"])
    last = layers.Dense(1, activation="sigmoid")
    model = keras.Sequential(
        [keras.Input((), dtype="string"), words, layers.Embedding(20, 4), layers.GlobalAveragePooling1D(), last]
    )
    model.compile(keras.optimizers.Adam(0.1), "binary_crossentropy", metrics=["accuracy"])
    return model


def test_texts_of_a_tensor_stay_a_tensor_and_others_become_one(tmp_path: Path) -> None:
    y = np.arange(60) % 2
    written = np.array(["so bad", "so good"])[y]
    for x in (written.astype("S").astype(object), written):
        path = tmp_path / f"{x.dtype.kind}.pkl"
        rows = program.Rows(x=x[:40], y=y[:40], x_val=x[40:], y_val=y[40:])
        program.save(program.Program(builder=reader, rows=rows), path)
        ending = trial.train(str(path), OWN)
        assert bool(ending.error) == (x.dtype.kind == "U")
        made = "import tensorflow as tf\nx, x_val = tf.constant(x), tf.constant(x_val)\n"
        assert trial.train(str(path), Job(prepare=made + OWN.prepare, call=OWN.call)).accuracy == 1.0
