"""Print digests of a few trials' results, trained in this process: `python -m tests.engine.bits [alone]`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

import numpy as np
import pytest

from ablate.core.study import Json, Trial
from ablate.engine import training
from ablate.outcomes.curves import Curves
from ablate.remedies import activation, clipping, loss, regularizer
from ablate.store.curve_rows import digest
from tests.engine import mutants, small

PROGRAMS: dict[str, dict[str, Json]] = {
    "rich": {
        "normalization": "batch",
        "dropout": 0.2,
        "regularizer": "l2",
        "clipping": "global_norm",
        "schedule": {"kind": "plateau", "patience": 1, "min_delta": 0.5},
        "activation": "leaky_relu",
        "width": 24,
        "depth": 1,
    },
    "wide": {"width": 256, "batch_size": 32},
}
"""Many factors at once; and products so large that threads share them."""

NEW = {activation: "elu", loss: "label_smoothing", regularizer: "l1", clipping: "norm"}
"""By module of a factor whose levels share programs: the kind of which a later version might add another."""

INFINITE = {"initializer": {"kind": "uniform", "mode": "fan_avg", "scale": 1e60}}
"""A level that is infinite from the first step on."""


def subject(program: str) -> Trial:
    """Return the trial whose bits are compared."""
    return small.trial(seed=7, steps=30, loss="clipped", **PROGRAMS[program])


def neighbours(program: str) -> list[Trial]:
    """Return other trials of the same program."""
    return [
        small.trial(seed=seed, steps=30, loss=loss, learning_rate=rate, **PROGRAMS[program])
        for seed, loss, rate in ((0, "fused", 0.1), (7, "fused", 0.001), (2, "clipped_1e-3", 0.0), (3, "clipped", 1.0))
    ]


def digests(trials: Sequence[Trial]) -> dict[str, str]:
    """Train the trials in one stack; return their digests by id."""
    return {result.id: digest(result) for result in curves(trials)}


def curves(trials: Sequence[Trial]) -> list[Curves]:
    """Train the trials in one stack; return their curves. The wide program is for products, and has a short switch."""
    wide = all(trial.setting["width"].params == PROGRAMS["wide"]["width"] for trial in trials)
    with small.short_switches(("fused", "clipped")) if wide else nullcontext():
        return training.train(small.only(trials))


def stack(program: str) -> dict[str, str]:
    """Return the digests of the subject and its neighbours in one stack, by id."""
    return digests([*neighbours(program), subject(program)])


def alone(program: str) -> dict[str, Json]:
    """Return what becomes of the subject alone, in another order, and beside a trial that is infinite."""
    trial = subject(program)
    infinite = small.trial(seed=1, steps=30, **{**PROGRAMS[program], **INFINITE})
    first, second = curves([infinite, trial])
    signals = [np.isfinite(first.signals[name]).all() for name in ("loss", "weight_norm")]
    return {
        "alone": digests([trial])[trial.id],
        "in another order": digests([trial, *neighbours(program)[::-1]]),
        "beside infinity": digest(second),
        "infinite": [first.bad_step, *map(bool, signals)],
        "finite": bool(np.isfinite(second.signals["weight_norm"]).all()),
    }


@contextmanager
def later_version() -> Iterator[None]:
    """Be a version with one more kind of each factor, at the front of its table."""
    with pytest.MonkeyPatch.context() as patch:
        for module, like in NEW.items():
            patch.setattr(module, "KINDS", {"new": module.KINDS[like], **module.KINDS})
        patch.setitem(loss.FUNCTIONS, "new", loss.FUNCTIONS["label_smoothing"])
        mutants.unkept(patch)
        mutants.forget()
        yield
    mutants.forget()


def main(words: Sequence[str]) -> None:
    """Print the digests as JSON: of the whole stacks, or of the subjects in other company and in a later version."""
    result: dict[str, Json] = {program: stack(program) for program in PROGRAMS}
    if words:
        result = {program: {"stack": result[program], **alone(program)} for program in PROGRAMS}
        trial = subject("rich")
        with later_version():
            result["rich"]["in a later version"] = digests([trial])[trial.id]
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1:])
