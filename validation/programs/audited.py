"""Measure each program once, judge it by the audit alone, and write what it gets right."""

from __future__ import annotations

import pickle
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ablate import audit
from ablate.engine.inspection.records import Inspection
from ablate.stats.rates import wilson
from validation.programs import tables
from validation.programs.program import Program

KEPT = Path("outputs/inspections")
"""Folder of inspections that were measured before."""

COLUMNS = ("id", "kind", "part", "state", "cause", "verdict", "first", "second", "third", "rank", "alarm", "seconds")


def measured(program: Program, kept: Path) -> Inspection:
    """Return the inspection of a program; read it from a file if it was measured before.

    Args:
        program: the program.
        kept: folder of the files.
    """
    path = kept / f"{program.id}.pickle"
    if path.exists():
        return pickle.loads(path.read_bytes())  # type: ignore[no-any-return]  # noqa: S301 - written below
    import keras

    from ablate.engine.inspection.inspect import inspect

    keras.utils.clear_session()
    keras.utils.set_random_seed(7)
    case = program.make(fixed=False) if program.repaired else program.make()
    result = inspect(case.model, case.x, case.y, fit=case.fit)
    keep(program, result, kept)
    return result


def keep(program: Program, inspection: Inspection, kept: Path) -> None:
    """Keep an inspection, so that a program is not measured again.

    Args:
        program: the program.
        inspection: its inspection.
        kept: folder of the files.
    """
    kept.mkdir(parents=True, exist_ok=True)
    (kept / f"{program.id}.pickle").write_bytes(pickle.dumps(inspection))


def judged(program: Program, inspection: Inspection) -> dict[str, Any]:
    """Return a row of the table: the findings of the audit beside the truth.

    Args:
        program: the program.
        inspection: its inspection.
    """
    findings = audit.findings(inspection)
    causes = list(dict.fromkeys(finding.cause for finding in findings))
    alarm = any(finding.severity != "note" for finding in findings)
    rank = causes.index(program.cause) + 1 if program.cause in causes else 0
    return {
        "id": program.id,
        "kind": program.kind,
        "part": program.part,
        "state": program.state,
        "cause": program.cause,
        "verdict": audit.state(inspection),
        **dict(zip(("first", "second", "third"), [*causes, "", "", ""][:3], strict=True)),
        "rank": rank,
        "alarm": int(alarm),
        "seconds": round(inspection.seconds, 1),
    }


SEEN = ("seen", "left_out")
"""Parts whose programs were there when the rules were set."""

SCORED = ("part", "score", "right", "programs", "share", "low", "high")


def unseen(programs: Sequence[Program], folder: Path, kept: Path = KEPT) -> int:
    """Judge, once, programs that were written after the rules; a program that has a row in unseen.csv is left alone.

    A row holds what the rules of that day said. Later rules may have been set by it, and do not change it.

    Args:
        programs: the programs; those that the rules were set on are left out.
        folder: where unseen.csv and unseen_scores.csv are.
        kept: folder of inspections.
    """
    path = folder / "unseen.csv"
    rows = {row["id"]: row for row in tables.read(path)}
    for program in programs:
        if program.part not in SEEN and program.id not in rows:
            rows[program.id] = _row(program, kept)
            tables.write(path, COLUMNS, rows.values())
    scores = list(_scores([{**row, **{name: int(row[name]) for name in ("rank", "alarm")}} for row in rows.values()]))
    tables.write(folder / "unseen_scores.csv", SCORED, scores)
    _show(scores)
    return 0


def _row(program: Program, kept: Path) -> dict[str, Any]:
    """Measure and judge a program; one that cannot be judged counts as refused."""
    begun = time.monotonic()
    try:
        return judged(program, measured(program, kept))
    except Exception as error:  # noqa: BLE001 - whatever it is, a user would have no answer
        print(f"{program.id}: {type(error).__name__}: {error}", flush=True)
        return {"id": program.id, "kind": program.kind, "part": program.part, "state": program.state,
                "cause": program.cause, "rank": 0, "alarm": 0, "verdict": "refused",
                "seconds": round(time.monotonic() - begun, 1)}  # fmt: skip


def _show(scores: Iterable[dict[str, Any]]) -> None:
    for score in scores:
        print("{part:9} {score:34} {right:3}/{programs:3}  {share:.3f} [{low:.3f}, {high:.3f}]".format(**score))


def main(programs: Sequence[Program], folder: Path, kept: Path = KEPT) -> int:
    """Judge programs, write audited.csv and confusion.csv, and print the scores; return the exit status.

    Args:
        programs: the programs.
        folder: where the tables are written.
        kept: folder of inspections that were measured before.
    """
    rows = [_row(program, kept) for program in programs]
    tables.write(folder / "audited.csv", COLUMNS, rows)
    tables.write(folder / "confusion.csv", ("part", "cause", "first", "programs"), _confusion(rows))
    scores = list(_scores(rows))
    tables.write(folder / "scores.csv", SCORED, scores)
    _show(scores)
    return 0


def _confusion(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    counts = Counter((row["part"], row["cause"] or "none", row.get("first") or "none") for row in rows)
    return [{"part": part, "cause": cause, "first": first, "programs": count}
            for (part, cause, first), count in sorted(counts.items())]  # fmt: skip


def _scores(rows: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    for part in (*dict.fromkeys(row["part"] for row in rows), "all"):
        mine = [row for row in rows if part in (row["part"], "all")]
        ill = [row for row in mine if row["cause"] and row["cause"] != "few_steps"]
        well = [row for row in mine if not row["cause"]]
        cases = {
            "answered": [row["verdict"] != "refused" for row in mine],
            "state": [row["verdict"] == row["state"] for row in mine],
            "alarm on healthy": [bool(row["alarm"]) for row in well if row["kind"] == "healthy"],
            "alarm on those that look ill": [bool(row["alarm"]) for row in well if row["kind"] == "looks_ill"],
            "alarm on all without a fault": [bool(row["alarm"]) for row in well],
            "fault found": [bool(row["alarm"]) for row in ill],
            "cause first": [row["rank"] == 1 for row in ill],
            "cause among three": [1 <= row["rank"] <= 3 for row in ill],
        }
        for name, hits in cases.items():
            right, count = sum(hits), len(hits)
            low, high = (float(bound) for bound in wilson(np.asarray(right), np.asarray(max(count, 1))))
            yield {"part": part, "score": name, "right": right, "programs": count,
                   "share": round(right / max(count, 1), 4), "low": round(low, 4), "high": round(high, 4)}  # fmt: skip


def again(programs: Sequence[Program], folder: Path) -> int:
    """Judge some programs by the rules of today; each is a row of audited_again.csv as soon as it is measured.

    Args:
        programs: the programs.
        folder: where the table is.
    """
    path = folder / "audited_again.csv"
    rows = {row["id"]: row for row in tables.read(path)}
    for program in programs:
        rows[program.id] = judged(program, measured(program, KEPT))
        tables.write(path, COLUMNS, rows.values())
        print(rows[program.id], flush=True)
    return 0
