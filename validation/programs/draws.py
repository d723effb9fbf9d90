"""Judge programs drawn at random by the audit, and write what it gets right."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ablate import audit
from ablate.engine.inspection.inspect import inspect
from ablate.stats.rates import wilson
from validation.programs import tables
from validation.programs.drawn import HELD, Plan, built, plan
from validation.programs.drawn_faults import FAULTS

COLUMNS = ("number", "cause", "fault", "task", "body", "form", "optimizer", "verdict", "first", "second", "third",
           "rank", "alarm", "seconds")  # fmt: skip

SCORED = ("score", "right", "programs", "share", "low", "high")


TRIES = 100
"""Plans that are drawn at most until one suits a fault."""


def drawn(number: int) -> tuple[str, str, Plan]:
    """Draw a program with a fault; the number chooses the cause in turn.

    Args:
        number: number of the draw.

    Returns:
        The cause, the name of the fault, and the plan.
    """
    from validation.programs import drawn_training  # noqa: F401 - reading it registers its faults

    rng, cause = np.random.default_rng(number), [*FAULTS][number % len(FAULTS)]
    fault = FAULTS[cause][number // len(FAULTS) % len(FAULTS[cause])]
    for _ in range(TRIES):
        changed = fault(plan(rng), rng)
        if changed is not None:
            return cause, fault.__name__, changed
    raise RuntimeError(f"No plan in {TRIES} suits the fault {fault.__name__}.")


def main(folder: Path, faulty: int, sound: int, first: int = HELD) -> int:
    """Judge draws, each once, and write drawn.csv and drawn_scores.csv; return the exit status.

    Args:
        folder: where the tables are; draws that are in drawn.csv are left alone.
        faulty: number of draws with a fault.
        sound: number of draws without one.
        first: number of the first draw.
    """
    path = folder / "drawn.csv"
    rows = {(row["number"], row["fault"]): row for row in tables.read(path)}
    for number in range(first, first + faulty):
        cause, name, one = drawn(number)
        _add(rows, path, number, cause, name, one)
    for number in range(first, first + sound):
        _add(rows, path, number, "", "", plan(np.random.default_rng(number)))
    scores = list(_scores(rows.values()))
    tables.write(folder / "drawn_scores.csv", SCORED, scores)
    print(*scores, sep="\n")
    return 0


def _add(
    rows: dict[tuple[str, str], dict[str, Any]], path: Path, number: int, cause: str, name: str, one: Plan
) -> None:
    if (str(number), name) in rows:
        return
    made = {"task": one.task, "body": one.body, "form": one.form, "optimizer": one.optimizer}
    judged = _judged(number, cause, one)
    rows[str(number), name] = {"number": str(number), "cause": cause, "fault": name, **made, **judged}
    tables.write(path, COLUMNS, rows.values())
    print(rows[str(number), name], flush=True)


def _judged(number: int, cause: str, one: Plan) -> dict[str, Any]:
    keras.utils.clear_session()
    keras.utils.set_random_seed(number)
    begun = time.monotonic()
    try:
        case = built(one)
        inspection = inspect(case.model, case.x, case.y, fit=case.fit)
        findings, verdict = audit.findings(inspection), audit.state(inspection)
    except Exception as error:  # noqa: BLE001 - whatever it is, a user would have no answer
        print(f"{number}: {type(error).__name__}: {error}", flush=True)
        findings, verdict = (), "refused"
    causes = list(dict.fromkeys(finding.cause for finding in findings))
    return {
        "verdict": verdict,
        **dict(zip(("first", "second", "third"), [*causes, "", "", ""][:3], strict=True)),
        "rank": causes.index(cause) + 1 if cause in causes else 0,
        "alarm": int(any(finding.severity != "note" for finding in findings)),
        "seconds": round(time.monotonic() - begun, 1),
    }


def _scores(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield what is right; a fault that lets its network learn all the same, and has no finding, is no case."""
    rows = [*rows]
    ill = [row for row in rows if row["cause"]]
    harmful = [row for row in ill if row["verdict"] != "healthy" or int(row["rank"])]
    cases = {
        "answered": [row["verdict"] != "refused" for row in rows],
        "cause first": [int(row["rank"]) == 1 for row in harmful],
        "cause among three": [1 <= int(row["rank"]) <= 3 for row in harmful],
        "alarm without a fault": [bool(int(row["alarm"])) for row in rows if not row["cause"]],
        "fault that lets the network learn": [row not in harmful for row in ill],
    }
    for name, hits in cases.items():
        low, high = (float(bound) for bound in wilson(np.asarray(sum(hits)), np.asarray(max(len(hits), 1))))
        share = round(sum(hits) / max(len(hits), 1), 4)
        yield {"score": name, "right": sum(hits), "programs": len(hits), "share": share,
               "low": round(low, 4), "high": round(high, 4)}  # fmt: skip
