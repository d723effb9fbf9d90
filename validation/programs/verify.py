"""Train each program, and its repair, in plain Keras on three seeds: is its state as told, and does the repair help?"""

from __future__ import annotations

import csv
import math
import time
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

from validation.programs.program import Case, Program

SEEDS = (0, 1, 2)

STEPS = 16
"""Steps that Keras takes in one call; the training is the same, and faster."""

COLUMNS = ("id", "kind", "part", "cause", "state", "fixed", "seed", "chance", "train", "train_mode", "validation",
           "reported", "first_loss", "last_loss", "error", "seconds")  # fmt: skip


def run(program: Program, *, fixed: bool) -> Iterator[dict[str, Any]]:
    """Fit a program on each seed and yield the rows of the table.

    What is compiled for the first seed serves the others: they get the initial weights of a model that is built with
    their seed.

    Args:
        program: the program.
        fixed: whether the repaired program is meant.
    """
    keras.utils.clear_session()
    begun, case, moments = time.monotonic(), None, []
    for seed in SEEDS:
        keras.utils.set_random_seed(seed)
        row: dict[str, Any] = {"id": program.id, "kind": program.kind, "part": program.part, "cause": program.cause,
                               "state": program.state, "fixed": fixed, "seed": seed, "error": ""}  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = program.make(fixed=fixed) if program.repaired else program.make()
            if case is None:
                case = made
                case.model.steps_per_execution = STEPS
                _build(case)
                moments = [(variable, np.array(variable)) for variable in case.model.optimizer.variables]
            else:
                _build(made)
                case.model.set_weights(made.model.get_weights())
                for variable, value in moments:
                    variable.assign(value)
                keras.utils.set_random_seed(seed)
            fit = _arguments(case, watched=program.kind == "measuring")
            try:
                history = case.model.fit(case.x, case.y, verbose=0, **fit).history
                row |= _measured(case, history, switching=program.cause == "mode_gap")
                if not all(np.isfinite(weight).all() for weight in case.model.get_weights()):
                    row["last_loss"] = "nan"  # a ReLU can hide NaN from the loss
            except Exception as error:  # noqa: BLE001 - what `fit` raises is a result
                row["error"] = f"{type(error).__name__}: {str(error).splitlines()[0]}"[:80]
        yield row | {"seconds": round(time.monotonic() - begun, 1)}
        begun = time.monotonic()


def _arguments(case: Case, *, watched: bool) -> dict[str, Any]:
    """Return the arguments of `fit`; its validation runs at the end, and only where its figure is looked at."""
    if watched:
        return {**case.fit, "validation_freq": case.fit["epochs"]}
    return {name: value for name, value in case.fit.items() if name != "validation_data"}


def _build(case: Case) -> None:
    if not case.model.built:
        case.model(case.x[:2])
    if not case.model.optimizer.built:
        case.model.optimizer.build(case.model.trainable_variables)


def _rows(case: Case) -> tuple[Any, np.ndarray]:
    """Return inputs and labels of a program, read once through if they come from a `tf.data.Dataset`."""
    if case.y is not None:
        return case.x, case.y
    x, y = zip(*case.x.as_numpy_iterator(), strict=True)
    return np.concatenate(x), np.concatenate(y)


def _measured(case: Case, history: dict[str, list[float]], *, switching: bool) -> dict[str, Any]:
    rest = case.fit.get("validation_data")
    x, y = _rows(case)
    if rest is None:
        cut = int(len(y) * (1 - case.fit["validation_split"]))
        rest, x, y = (x[cut:], y[cut:]), x[:cut], y[:cut]
    truth, named = _truth(y), _truth(rest[1])
    metric = next(
        (name for name in history if name.startswith("val_") and name != "val_loss" and "hinge" not in name), ""
    )
    return {
        "chance": round(float(np.unique(named, return_counts=True)[1].max() / len(named)), 3),
        "train": _accuracy(case, x, truth, y),
        "train_mode": _accuracy(case, x, truth, y, training=True) if switching else "",
        "validation": _accuracy(case, rest[0], named, y),
        "reported": round(history[metric][-1], 3) if metric else "",
        "first_loss": f"{history['loss'][0]:.4g}",
        "last_loss": f"{history['loss'][-1]:.4g}",
    }


def _truth(y: np.ndarray) -> np.ndarray:
    return y.argmax(-1) if y.ndim > 1 and y.shape[1] > 1 else y.reshape(len(y))


def _accuracy(case: Case, x: Any, truth: np.ndarray, y: np.ndarray, *, training: bool = False) -> float:
    """Return the accuracy of predictions, cut in the middle of the labels if there is one output."""
    size = case.fit["batch_size"] if training else 1024
    parts = x if isinstance(x, list) else [x]
    made = []
    for begin in range(0, len(truth) // size * size if training else len(truth), size):
        rows = [part[begin : begin + size] for part in parts]
        made.append(np.asarray(case.model(rows if isinstance(x, list) else rows[0], training=training)))
    out = np.concatenate(made).astype(float)
    out = out.reshape(len(out), -1)
    if out.shape[1] > 1:
        return round(float(np.mean(out.argmax(1) == truth[: len(out)])), 3)
    settings = case.model.loss.get_config() if hasattr(case.model.loss, "get_config") else {}
    middle = 0.0 if settings.get("from_logits") else (y.min() + y.max()) / 2
    right = float(np.mean(np.where(out[:, 0] > middle, y.max(), y.min()) == truth[: len(out)]))
    return round(max(right, 1 - right) if getattr(case.model.loss, "__name__", "") == "loss" else right, 3)


def gain(row: dict[str, Any], name: str = "validation") -> float:
    """Return how far an accuracy lies between chance (0) and 1; 0 for a program that ends in an error or NaN.

    Args:
        row: a row of the table.
        name: column of the accuracy.
    """
    if row["error"] or not math.isfinite(float(row["last_loss"])):
        return 0.0
    return (float(row[name]) - float(row["chance"])) / max(1e-9, 1 - float(row["chance"]))


def as_told(row: dict[str, Any], repaired: float) -> bool:
    """Return whether a program without repair ended as its record says.

    Args:
        row: its row of the table.
        repaired: the mean gain of the repaired program; 1 if there is none.
    """
    state, cause = row["state"], row["cause"]
    if state == "failed":
        return bool(row["error"])
    if row["error"]:
        return False
    finite = math.isfinite(float(row["last_loss"]))
    if state == "diverged":
        return not finite
    if cause == "":
        return finite and gain(row) > 0.2
    if cause == "wrong_metric":
        return gain(row) > 0.4 and abs(float(row["validation"]) - float(row["reported"])) > 0.15
    if cause == "mode_gap":
        return float(row["train_mode"]) - float(row["train"]) > 0.15
    if cause == "sorted_rows" and state == "healthy":
        return gain(row, "train") > 0.4 and float(row["validation"]) < 0.5 * float(row["train"])
    if state == "healthy":
        return finite and gain(row) > 0.4
    return not finite or gain(row) < 0.35 * repaired


def rows(programs: Iterable[Program]) -> Iterator[dict[str, Any]]:
    """Yield a row for each run of each program."""
    for program in programs:
        for fixed in (False, True) if program.repaired else (False,):
            yield from run(program, fixed=fixed)


def write(programs: Iterable[Program], path: Path) -> None:
    """Append the rows of programs to a table.

    Args:
        programs: the programs.
        path: the table.
    """
    fresh = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        if fresh:
            writer.writeheader()
        for row in rows(programs):
            writer.writerow(row)
            file.flush()


def finished(program: Program, path: Path) -> bool:
    """Return whether a table holds every run of a program.

    Args:
        program: the program.
        path: the table.
    """
    if not path.exists():
        return False
    with path.open(encoding="utf-8") as file:
        count: int = sum(row["id"] == program.id for row in csv.DictReader(file))
    return count >= len(SEEDS) * (2 if program.repaired else 1)


def verdicts(path: Path) -> dict[str, str]:
    """Return, by program, an empty text if every seed is as told, otherwise what is not.

    Args:
        path: the table.
    """
    with path.open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    result = {}
    for name in dict.fromkeys(row["id"] for row in table):
        mine = [row for row in table if row["id"] == name]
        plain = [row for row in mine if row["fixed"] == "False"]
        fixed = [row for row in mine if row["fixed"] == "True"]
        if plain[0]["cause"] == "wrong_metric" and fixed:
            good = [abs(float(row["validation"]) - float(row["reported"])) < 0.1 for row in fixed]
        else:
            good = [gain(row) > 0.3 for row in fixed]
        repaired = float(np.mean([gain(row) for row in fixed])) if fixed else 1.0
        told = [as_told(row, repaired) for row in plain]
        problems = [f"{told.count(False)} of {len(told)} seeds not as told"] if not all(told) else []
        problems += [f"the repair fails on {good.count(False)} of {len(good)} seeds"] if not all(good) else []
        result[name] = "; ".join(problems)
    return result
