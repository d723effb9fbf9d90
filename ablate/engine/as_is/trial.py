"""Train one trial: run the lines of a patch on a user's program, call `fit`, and count what is right meanwhile."""

from __future__ import annotations

import pickle
import re
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ablate.core.errors import one_line
from ablate.engine.as_is import answers, probing
from ablate.engine.as_is.backends import as_backend
from ablate.engine.as_is.program import Program, build, load
from ablate.engine.as_is.records import Ending, Job
from ablate.engine.runtime import keras, tf

LOOKS = 24
"""Evaluations of a trial, beside the one before training."""


class EndedError(Exception):
    """Training has taken its time."""


def train(path: str, job: Job) -> Ending:
    """Train one trial; an error of the user's code becomes `Ending.error`.

    Args:
        path: the file of the program.
        job: the trial.
    """
    began = time.perf_counter()
    program = load(path)
    policy, floats = keras.config.dtype_policy(), keras.config.floatx()
    keras.utils.clear_session()
    keras.utils.set_random_seed(job.seed)
    watch: Watch | None = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            names = _names(program)
            exec(job.prepare, names)  # noqa: S102 - the patch, which this package wrote, on the user's own program
            exec(job.after, names)  # noqa: S102
            model = as_backend(names["model"], program.backend)
            watch = Watch(model, names, job.seconds)
            _hear(model, watch, names)
            exec(job.call, names)  # noqa: S102
        return watch.ending(began)
    except Exception as error:  # noqa: BLE001 - the user's own code, or a patch that does not fit it
        if isinstance(error, EndedError) and watch is not None:
            return watch.ending(began, cut=True)
        return Ending(error=_short(error), rows=len(program.rows.y_val), seconds=time.perf_counter() - began)
    finally:
        keras.config.set_dtype_policy(policy)
        keras.config.set_floatx(floats)


def _short(error: Exception) -> str:
    r"""Return an error in one line; of an error inside a graph, what it says after the places it was defined at.

    Examples:
        >>> _short(ValueError("Graph execution error:\n\nDetected at node n:\n  File x\nA label of 3.\n\t [[n]]"))
        'ValueError: A label of 3.'
    """
    text = str(error)
    if "Graph execution error" in text:
        said = re.findall(r"^(?!\s|Graph execution|Detected at|File )(\S.*)$", text, re.MULTILINE)
        if said:
            return f"{type(error).__name__}: {said[-1][:300]}"
    return one_line(error)


def _names(program: Program) -> dict[str, Any]:
    """Return the names that a patch may use."""
    rows = program.rows
    names = {
        "make_model": lambda: build(program),
        "x": texts(rows.x),
        "y": rows.y,
        "x_val": texts(rows.x_val),
        "y_val": rows.y_val,
        "sample_weight": rows.weights,
    }
    names["callbacks"] = callbacks_of(program)
    return names


def texts(x: Any) -> Any:
    """Return texts that came from tensors as tensors again; `fit` takes no NumPy array of them."""
    return tf.constant(x) if isinstance(x, np.ndarray) and x.dtype == object else x


def callbacks_of(program: Program) -> list[Any]:
    """Return the user's callbacks, as fresh as the user gave them."""
    if not program.callbacks:
        return []
    given = pickle.loads(program.callbacks)  # noqa: S301 - the parent process wrote it
    given = given() if callable(given) else given
    return list(given) if isinstance(given, list | tuple) else [given]


def _hear(model: Any, watch: Watch, names: dict[str, Any]) -> None:
    """Let the model's `fit` call a callback of ours beside the user's, and print nothing."""
    fit: Callable[..., Any] = model.fit

    def heard(*args: Any, **kwargs: Any) -> Any:
        kwargs["callbacks"] = [*(kwargs.get("callbacks") or []), watch]
        kwargs["verbose"] = 0
        watch.plan(kwargs, names)
        return fit(*args, **kwargs)

    object.__setattr__(model, "fit", heard)


class Watch(keras.callbacks.Callback):
    """Count right answers while `fit` runs, without changing the run."""

    def __init__(self, model: Any, names: dict[str, Any], seconds: float) -> None:
        super().__init__()
        self.own, self.names, self.until = model, names, time.monotonic() + seconds
        self.labels = answers.read(np.asarray(names["y"]))
        self.zero = probing.divided_at_zero(model, self.labels)
        self.looks: list[tuple[int, int, float]] = []
        self.at: set[int] = set()
        self.step, self.bad, self.logs = 0, -1, {}  # type: int, int, dict[str, float]
        self.signals: dict[str, float] = {}
        self.top = float("nan")
        self.judged = probing.some(names["x_val"], names["y_val"], probing.JUDGED)

    def plan(self, fit: dict[str, Any], names: dict[str, Any]) -> None:
        """Choose the steps after which to look.

        Args:
            fit: the arguments of `fit`.
            names: the names of the patch.
        """
        rows = len(names["y"]) - int(len(names["y"]) * float(fit.get("validation_split") or 0))
        each = int(fit.get("steps_per_epoch") or -(-rows // int(fit.get("batch_size") or 32)))
        total = max(1, each * int(fit.get("epochs", 1)))
        self.at = {max(1, round(total * (look + 1) / LOOKS)) for look in range(LOOKS)}
        self.signals = probing.at_start(self.own, names)
        self.look()

    def look(self) -> None:
        """Evaluate the model on the validation rows."""
        x, y = self.judged
        predicted, loss = probing.evaluated(self.own, x, y)
        right, _ = answers.correct(predicted, y, self.labels, self.zero)
        self.looks.append((self.step, right, loss))
        given = answers.named(predicted, self.labels, self.zero).reshape(-1)
        self.top = float(np.unique(given, return_counts=True)[1].max() / len(given))

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Look if it is time; note a loss that is not finite.

        Args:
            batch: the batch of the epoch.
            logs: what `fit` has computed.
        """
        del batch
        self.step += 1
        loss = float((logs or {}).get("loss", 0.0))
        if self.bad < 0 and not np.isfinite(loss):
            self.bad = self.step
        if self.step in self.at:
            self.look()
        if time.monotonic() > self.until:
            raise EndedError

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keep what `fit` reports.

        Args:
            epoch: the epoch.
            logs: what `fit` has computed.
        """
        del epoch
        self.logs = {str(name): float(value) for name, value in (logs or {}).items() if np.ndim(value) == 0}

    def ending(self, began: float, *, cut: bool = False) -> Ending:
        """Return how the trial went.

        Args:
            began: when it began.
            cut: whether time ended it.
        """
        if not self.looks or self.looks[-1][0] != self.step:
            self.look()
        steps, correct, losses = zip(*self.looks, strict=True)
        x, y = probing.some(self.names["x"], self.names["y"])
        predicted, _ = probing.evaluated(self.own, x, y)
        right, count = answers.correct(predicted, np.asarray(y), self.labels, self.zero)
        training, mode = probing.at_end(self.own, x, y), float("nan")
        if training.predicted is not None:
            mode = answers.correct(training.predicted, np.asarray(y), self.labels, self.zero)[0] / count
        return Ending(
            steps=steps,
            correct=correct,
            losses=losses,
            rows=len(self.judged[1]),
            training_correct=right,
            training_rows=count,
            training_mode=mode,
            reported=self.logs,
            bad_step=self.bad,
            top_share=self.top,
            cut=cut,
            seconds=time.perf_counter() - began,
            signals={**self.signals, **training.signals},
        )
