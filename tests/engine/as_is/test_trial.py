"""A trial is what `fit` does: the same weights, counted whatever the metric says."""

from __future__ import annotations

from pathlib import Path

import cloudpickle
import numpy as np
import pytest

from ablate.engine.as_is import trial
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
