"""`python -m validation.watch_proof [seeds=2] [minutes=6] [NAME ...]`: does `watch.prove` confirm the cause it names?

Fits each stuck program that no rule was set by, in the order of `validation.watch`, with the callback, and trains the
repairs of the named cause beside repairs of others. Writes results/published/validation/watch_proof.csv, a row a
program; rows that are there are kept. `confirmed` is what the user reads: a repair of the named cause learns on all
seeds but one at most, the training as it is on half at most, and no repair of another cause as often, from fresh
weights and from those at the finding together.
"""

from __future__ import annotations

import csv
import sys
import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np

import ablate
from ablate.core.errors import AblateError
from validation.programs.program import Program

OUT = Path(__file__).parents[1] / "results" / "published" / "validation" / "watch_proof.csv"
COLUMNS = (
    *("id", "cause", "named", "confirmed", "seeds", "as_it_is", "best", "learned", "from_finding", "other", "others"),
    *("seconds", "problem"),
)


def row(program: Program, seeds: int, minutes: float) -> dict[str, Any]:
    """Fit a program, prove what was found, and return a row of the table.

    Args:
        program: the program.
        seeds: seeds of each change.
        minutes: time of a proof.
    """
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    policy, watch = keras.config.dtype_policy(), ablate.Watch()
    result: dict[str, Any] = {"id": program.id, "cause": program.cause, "seeds": seeds}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        case = program.make(fixed=False)
        given = list(case.fit.get("callbacks") or ())
        case.model.fit(case.x, case.y, verbose=0, **{**case.fit, "callbacks": [*given, watch]})
        keras.config.set_dtype_policy(policy)
        result["named"] = "" if watch.finding is None else watch.finding.cause
        try:
            proof = watch.prove(seeds=seeds, minutes=minutes, workers=1)
        except AblateError as error:
            return result | {"confirmed": 0, "problem": str(error).splitlines()[0][:120]}
    best = proof.best
    other = max((one for one in proof.tried if not one.of_cause), key=lambda one: one.prevention.learned, default=None)
    return result | {
        "confirmed": int(proof.confirmed),
        "as_it_is": proof.baseline.prevention.learned,
        "best": "" if best is None else best.name,
        "learned": 0 if best is None else best.prevention.learned,
        "from_finding": "" if best is None or best.rescue is None else best.rescue.learned,
        "other": "" if other is None else other.name,
        "others": 0 if other is None else other.prevention.learned,
        "seconds": round(proof.seconds),
        "problem": proof.stopped,
    }


def main(words: list[str]) -> int:
    """Prove what is missing; return the exit status."""
    from validation.programs.catalogue import programs

    keys = dict(word.split("=", 1) for word in words if "=" in word)
    names = [word for word in words if "=" not in word]
    kept = list(csv.DictReader(OUT.open(encoding="utf-8"))) if OUT.exists() else []
    done = {one["id"] for one in kept}
    with OUT.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        if not kept:
            writer.writeheader()
        for program in np.random.default_rng(0).permutation(np.asarray(programs(), object)):
            chosen = program.id in names if names else program.part.startswith("fresh") and program.state == "stuck"
            if chosen and program.repaired and program.id not in done:
                writer.writerow(row(program, int(keys.get("seeds", 2)), float(keys.get("minutes", 6))))
                file.flush()
                print(program.id, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
