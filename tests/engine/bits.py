"""Print digests of a few trials' results, trained in this process: `python -m tests.engine.bits`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext

from ablate.core.study import Json, Trial
from ablate.engine import training
from ablate.outcomes.curves import Curves
from ablate.store.curve_rows import digest
from tests.engine import small

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
    with small.short_switches("fused", "clipped") if wide else nullcontext():
        return training.train(small.only(trials))


def main() -> None:
    """Print the digests of all trials as JSON."""
    result = {program: digests([*neighbours(program), subject(program)]) for program in PROGRAMS}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
