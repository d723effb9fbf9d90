"""Take `ablate try` through programs, beside a fixed checklist, and run each recommended patch again as it is printed.

A program is a row of tried.csv, written as soon as it has ended; those that are there already are not tried again. The
newest programs come first, then those that were left out, then those that rules were set by; of each part those that
learn come last, and before them those without a way out. Within these groups the order is random and fixed, so that
those of a group which have ended are a random sample of it. A checklist that was not gone through is "-".
"""

from __future__ import annotations

import csv
import io
import time
import warnings
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np

from ablate.executors.worker_processes import Crew
from ablate.try_remedies import given, program_attempt
from ablate.try_remedies.program_attempt import Options
from ablate.try_remedies.record import Record
from ablate.try_remedies.verdict import Verdict
from validation.programs import audited, checklist, tried_scores
from validation.programs.program import Case, Program

COLUMNS = (
    *("id", "kind", "part", "state", "cause", "said", "first", "second", "third", "rank", "accuracy"),
    *("way", "confirmed", "way_accuracy", "printed", "checklist", "checklist_trials", "trials", "seconds", "error"),
)

PARTS = ("fresh_5", "fresh_4", "fresh_3", "fresh_2", "fresh", "left_out", "seen")
"""Parts of the programs, those that rules know least first."""

MINUTES = 6.0
"""Time for a program, and as much for its checklist."""


def model(name: str) -> Any:
    """Build the compiled model of a program; workers call it by its name."""
    return _case(name).model


def _case(name: str) -> Case:
    from validation.programs.catalogue import programs

    own = next(program for program in programs() if program.id == name)
    return own.make(fixed=False) if own.repaired else own.make()


def _given(name: str) -> given.Given:
    case = _case(name)
    fit = dict(case.fit)
    return given.take(case.x if case.y is None else (case.x, case.y), fit.pop("validation_data", None), fit)


def tried(program: Program, crew: Crew) -> dict[str, Any]:
    """Try a program, then the checklist on it; return its row.

    Args:
        program: the program.
        crew: the workers.
    """
    begun, checked = time.monotonic(), ("", 0)
    options = Options(minutes=MINUTES, seeds=tried_scores.SEEDS, arguments={"name": program.id})
    own = _given(program.id)

    def after(record: Record) -> None:
        nonlocal checked
        if not record.healthy() and program.state != "healthy":
            record.lab.until = time.monotonic() + 60 * MINUTES
            checked = checklist.gone_through(record)

    verdict, record = program_attempt.attempt_in(
        crew, "validation.programs.tried:model", own, options, lambda _: None, after=after
    )
    if record is not None and record.inspection is not None:
        audited.keep(program, record.inspection, audited.KEPT)
    if verdict.stopped not in ("", "time"):
        raise KeyboardInterrupt
    causes = [cause.name for cause in verdict.causes]
    way = verdict.recommended
    return {
        "id": program.id,
        "kind": program.kind,
        "part": program.part,
        "state": program.state,
        "cause": program.cause,
        "said": verdict.state,
        **dict(zip(("first", "second", "third"), [*causes, "", "", ""][:3], strict=True)),
        "rank": causes.index(program.cause) + 1 if program.cause in causes else 0,
        "accuracy": round(verdict.baseline.accuracy, 3),
        "way": "" if way is None else " and ".join(way.names),
        "confirmed": "" if way is None or way.confirmed_on is None else way.confirmed_on.learned,
        "way_accuracy": "" if way is None or way.confirmed_on is None else round(way.confirmed_on.accuracy, 3),
        "printed": printed(verdict, program.id, own),
        "checklist": checked[0],
        "checklist_trials": checked[1],
        "trials": 0 if record is None else len(record.lab.seen),
        "seconds": round(time.monotonic() - begun, 1),
    }


def printed(verdict: Verdict, name: str, own: given.Given) -> str:
    """Run the recommended lines as they are printed, in plain Keras; return the accuracy, or the error.

    Args:
        verdict: the answer.
        name: the program.
        own: its rows.
    """
    if verdict.recommended is None:
        return ""
    import keras

    from ablate.engine.as_is import answers, probing

    keras.utils.clear_session()
    keras.utils.set_random_seed(2_024)
    rows = own.rows
    names = {"make_model": lambda: model(name), "x": rows.x, "y": rows.y, "sample_weight": rows.weights}
    names |= {"x_val": rows.x_val, "y_val": rows.y_val, "callbacks": _case(name).fit.get("callbacks", [])}
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            exec(verdict.recommended.patch, names)  # noqa: S102 - the lines that a user would paste
        except Exception as error:  # noqa: BLE001 - that is what is asked
            return f"{type(error).__name__}: {error}"[:80]
    labels = answers.read(np.asarray(names["y"]))
    predicted = np.asarray(names["model"](names["x_val"], training=False))
    zero = probing.divided_at_zero(names["model"], labels)
    right, count = answers.correct(predicted, np.asarray(names["y_val"]), labels, zero)
    return f"{right / count:.3f}"


def main(programs: Sequence[Program], folder: Path, seconds: float = 1e9) -> int:
    """Try programs in their order, and write tried.csv and tried_scores.csv; return the exit status.

    Args:
        programs: the programs.
        folder: where the tables are.
        seconds: no further program is begun after so many.
    """
    path, begun = folder / "tried.csv", time.monotonic()
    done = {row["id"] for row in tried_scores.rows(path)}
    with program_attempt.workers() as crew:
        for program in (one for one in ordered(programs) if one.id not in done):
            if time.monotonic() - begun > seconds:
                break
            try:
                row = tried(program, crew)
            except Exception as error:  # noqa: BLE001 - a program that cannot be tried counts as refused
                row = {"id": program.id, "kind": program.kind, "part": program.part, "state": program.state,
                       "cause": program.cause, "said": "refused", "rank": 0,
                       "error": f"{type(error).__name__}: {error}"[:120]}  # fmt: skip
            _append(path, row)
            print(row, flush=True)
    tried_scores.scores(folder)
    return 0


def ordered(programs: Sequence[Program]) -> list[Program]:
    """Return programs in the order in which they are tried.

    Args:
        programs: the programs.
    """
    places = np.random.default_rng(22).permutation(len(programs))
    mixed = [programs[place] for place in places]
    return sorted(mixed, key=lambda one: (PARTS.index(one.part), one.state == "healthy", not one.repaired))


def _append(path: Path, row: dict[str, Any]) -> None:
    fresh = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        if fresh:
            writer.writeheader()
        writer.writerow(row)
