"""`python -m validation.watch [--seeds N] [--part PART ...] [NAME ...]`: does `ablate.Watch` find what is wrong?

Fits each program of validation.programs as it is, on seeds 0, 1, ..., with the callback, and writes a row a fit to
results/published/validation/watch.csv; rows that are there are kept. Beside it stands what three usual means say of the
same fit: `TerminateOnNaN` (a loss that is not finite), `EarlyStopping` (the validation loss has not improved for three
epochs), and a rule by hand (the validation accuracy is within 2 points of 1/N after three epochs).

`moment` is the step from which a person with the curves of the epochs could say so: the first epoch with a loss that
is not finite; the third epoch if the accuracy is at chance at every epoch; the first epoch from which on it is at
chance if it was above before; else the end. `python -m validation.watch table` writes watch_scores.csv
and its part of docs/watch.md.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np

import ablate
from ablate.audit import facts
from validation import watch_scores
from validation.programs.program import Program

OUT = Path(__file__).parents[1] / "results" / "published" / "validation"
COLUMNS = (
    *("id", "kind", "part", "state", "cause", "seed", "ended", "moment", "steps", "per_epoch", "told", "code", "found"),
    *("second", "step", "late", "nan", "early", "rule", "share", "before", "finding", "training", "problems", "error"),
)
PATIENCE = 3
POINTS = 0.02


def fitted(program: Program, seed: int, folder: Path | None = None) -> dict[str, Any]:
    """Fit a program with the callback and return a row of the table.

    Args:
        program: the program.
        seed: its seed.
        folder: where all looks are written; None writes none.
    """
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    policy = keras.config.dtype_policy()
    row: dict[str, Any] = {"id": program.id, "kind": program.kind, "part": program.part, "state": program.state,
                           "cause": program.cause, "seed": seed, "error": ""}  # fmt: skip
    watch, person = ablate.Watch(save=folder and folder / f"{program.id}-{seed}.json"), Person()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            case = program.make(fixed=False) if program.repaired else program.make()
            given = list(case.fit.get("callbacks") or ())
            case.model.fit(case.x, case.y, verbose=0, **{**case.fit, "callbacks": [*given, watch, person]})
        except Exception as error:  # noqa: BLE001 - what `fit` raises is a result
            row["error"] = f"{type(error).__name__}"
        finally:
            keras.config.set_dtype_policy(policy)
    return row | _judged(watch, person, failed=bool(row["error"]))


class Person(keras.callbacks.Callback):  # type: ignore[misc]
    """Keep what a person would look at: the figures of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.epochs: list[dict[str, float]] = []
        self.steps = 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keep the figures of an epoch.

        Args:
            epoch: its number.
            logs: the figures.
        """
        del epoch
        self.steps += int(self.params.get("steps") or 0)
        self.epochs.append({**{name: float(value) for name, value in (logs or {}).items()}, "step": self.steps})


def _judged(watch: Any, person: Any, *, failed: bool) -> dict[str, Any]:
    told = [one for one in watch.findings if one.severity != "note"]
    first = min(told, key=lambda one: one.step, default=None)
    named = watch.finding
    course = watch.course
    total = (course.total or course.step or 1) if course is not None else 1
    ended, moment = _moment(course, person, failed)
    cost = watch.cost
    late = "" if first is None else first.step - moment
    logs, classes = person.epochs, course.classes if course is not None else 0
    values = [end["val_loss"] for end in logs if "val_loss" in end]
    after = [v for end in logs[2:3] for k, v in end.items() if k.startswith("val_") and "acc" in k]
    return {
        "ended": ended,
        "moment": moment,
        "steps": total,
        "per_epoch": 0 if course is None else course.per_epoch or 0,
        "told": int(first is not None),
        "code": "" if first is None else first.code,
        "found": "" if named is None else named.cause,
        "second": "" if named is None or not named.others else named.others[0],
        "step": "" if first is None else first.step,
        "late": late,
        "nan": int(any(not math.isfinite(end.get("loss", 0.0)) for end in logs)),
        "early": int(_stops_early(values)),
        "rule": int(bool(after and classes and abs(after[0] - 1 / classes) <= POINTS)),
        "share": round(cost.share, 4),
        "before": round(cost.before, 2),
        "finding": round(cost.finding, 2),
        "training": round(cost.training, 2),
        "problems": "; ".join(watch.problems)[:120],
    }


def _stops_early(losses: list[float]) -> bool:
    """Return whether `EarlyStopping` with its patience ends a training before its last epoch.

    Examples:
        >>> _stops_early([1.0, 0.9, 0.8]), _stops_early([1.0, 2.0, 2.0, 2.0, 2.0])
        (False, True)
    """
    best, since = math.inf, 0
    for loss in losses[:-1]:
        best, since = (loss, 0) if loss < best else (best, since + 1)
        if since >= PATIENCE:
            return True
    return False


def _moment(course: Any, person: Any, failed: bool) -> tuple[str, int]:
    """Return how the fit ended by its curves, and the step from which a person could say so."""
    ends = person.epochs
    if failed or course is None:
        return "failed", 0
    if not ends:
        return "unknown", course.step
    for end in ends:
        if not math.isfinite(end.get("loss", 0.0)):
            return "diverged", int(end["step"])
    at = {look.step: look for look in course.looks}
    seen = [(int(end["step"]), at.get(int(end["step"]))) for end in ends]
    above = [
        (step, bool(facts.above(look.train, course.chance, course.train_rows)))
        for step, look in seen
        if look is not None
    ]
    if above and not any(high for _, high in above):
        return "at chance", above[min(2, len(above) - 1)][0]
    low = [step for place, (step, _) in enumerate(above) if not any(high for _, high in above[place:])]
    if low:
        return "fell", low[0]
    return "above chance", int(ends[-1]["step"])


def main(words: list[str]) -> int:
    """Run what is missing, or write the table of scores; return the exit status."""
    from validation.programs.catalogue import programs

    parsed = argparse.ArgumentParser()
    parsed.add_argument("--seeds", type=int, default=1)
    parsed.add_argument("--part", nargs="*", default=[], help="fit the programs of these parts only")
    parsed.add_argument("--out", type=Path, default=OUT / "watch.csv")
    parsed.add_argument("--looks", type=Path, help="folder for all looks, a file a fit")
    parsed.add_argument("names", nargs="*")
    given = parsed.parse_args(words)
    if given.names == ["table"]:
        return watch_scores.table(given.out)
    if given.looks is not None:
        given.looks.mkdir(parents=True, exist_ok=True)
    kept = {(row["id"], row["seed"]) for row in watch_scores.read(given.out)}
    fresh = not given.out.exists()
    with given.out.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        if fresh:
            writer.writeheader()
        order = np.random.default_rng(0).permutation(np.asarray(programs(), object))  # a part is then a fair sample
        for seed in range(given.seeds):
            for program in order:
                if (given.names and program.id not in given.names) or (given.part and program.part not in given.part):
                    continue
                if (program.id, str(seed)) in kept:
                    continue
                began = time.monotonic()
                row = fitted(program, seed, given.looks)
                writer.writerow(row)
                file.flush()
                print(f"{row['id']:28} {row['state']:9} {row['cause']:22} {row['code']:10} {row['found']:22} "
                      f"{time.monotonic() - began:.0f} s {row['problems']}", flush=True)  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
