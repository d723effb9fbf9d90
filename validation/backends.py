"""`python -m validation.backends NAME=PYTHON ... [--seeds N]`: does a network still fall to 1/N under `model.fit`?

On TensorFlow, Keras finds the logits behind a softmax and computes the fused loss. On JAX and PyTorch it does not: the
probability is clipped at 1e-7, and a row beyond the clip has no gradient. Every back end (tensorflow, jax, torch) is
trained by a Python that has it, with the same lines: the baseline of the study `blog` on digits scaled to 0-1.

Writes results/published/validation/backends.csv, one row a network, as they end; rows that are there are kept.

PREDICTED holds what was expected before the first network was trained.
"""

from __future__ import annotations

import csv
import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
OUT = HERE.parent / "results" / "published" / "validation" / "backends.csv"
COLUMNS = ("backend", "loss", "learning_rate", "width", "seed", "start", "best", "end", "end_loss", "state", "curve")
LOSSES = ("softmax", "from_logits")
BASELINE = (0.05, 128)
AROUND = ((0.02, 128), (0.01, 128), (0.001, 128), (0.05, 32), (0.05, 256))
FALLEN = 0.25
"""A network that ends below this has lost what it knew of ten balanced classes."""
LEARNED = 0.5

PREDICTED = (
    "Baseline, softmax: at least 18 of 20 fall on JAX and on PyTorch; at most 1 of 20 on TensorFlow.",
    "Baseline, from_logits: at most 1 of 20 falls on each back end.",
    "A rate of .001 with softmax: no network falls on any back end.",
    "At a rate of .05, width 32 falls less often than width 128 on JAX and on PyTorch.",
)


def cases(rate: float, width: int, seeds: int) -> list[dict[str, Any]]:
    """Return the cases of one rate and width: each loss with each seed."""
    return [
        {"loss": loss, "learning_rate": rate, "width": width, "seed": seed} for loss in LOSSES for seed in range(seeds)
    ]


def state(curve: list[float]) -> str:
    """Return `fell`, `stuck` or `learned` for accuracies before training and after each epoch.

    Examples:
        >>> state([0.1, 0.8, 0.12]), state([0.1, 0.1, 0.12]), state([0.1, 0.5, 0.9])
        ('fell', 'stuck', 'learned')
    """
    if curve[-1] > FALLEN:
        return "learned"
    return "fell" if max(curve) >= LEARNED else "stuck"


def data(path: Path) -> None:
    """Write digits scaled to 0-1, a fifth of each class held out, labels as one-hot rows."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    x, y = load_digits(return_X_y=True)
    parts = train_test_split(
        (x / 16).astype("float32"), np.eye(10, dtype="float32")[y], test_size=0.2, stratify=y, random_state=0
    )
    np.savez(path, **dict(zip(("x", "x_val", "y", "y_val"), parts, strict=True)))


def run(backend: str, python: str, wanted: list[dict[str, Any]], npz: Path) -> Iterator[dict[str, Any]]:
    """Train the wanted cases in a process of that back end, and yield each network's row as it ends."""
    environment = os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "2"}
    environment.pop("PYTHONPATH", None)
    asked = npz.with_suffix(".jsonl")
    asked.write_text("".join(json.dumps(case) + "\n" for case in wanted), encoding="utf-8")
    with (
        asked.open(encoding="utf-8") as file,
        subprocess.Popen(  # noqa: S603  the Python that the caller names
            [python, str(HERE / "backend_fit.py"), str(npz)],
            stdin=file,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        ) as process,
    ):
        for line in process.stdout or ():
            yield row(json.loads(line))
    if process.returncode:
        raise SystemExit(f"{python} ended with status {process.returncode} on the back end {backend}.")


def row(trained: dict[str, Any]) -> dict[str, Any]:
    """Return one row of the table for a trained network."""
    curve = trained["accuracy"]
    summary = {
        "start": curve[0],
        "best": max(curve),
        "end": curve[-1],
        "end_loss": trained["loss_curve"][-1],
        "state": state(curve),
        "curve": " ".join(f"{value:.3f}" for value in curve),
    }
    return {name: (trained | summary)[name] for name in COLUMNS}


def main() -> None:
    """Train what is missing and write it down."""
    words = sys.argv[1:]
    seeds = int(words[words.index("--seeds") + 1]) if "--seeds" in words else 20
    pythons = dict(word.split("=", 1) for word in words if "=" in word)
    there: set[tuple[str, ...]] = set()
    if OUT.exists():
        with OUT.open(newline="", encoding="utf-8") as file:
            there = {tuple(line[name] for name in COLUMNS[:5]) for line in csv.DictReader(file)}
    else:
        OUT.write_text(",".join(COLUMNS) + "\n", encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        npz = Path(folder) / "digits.npz"
        data(npz)
        for (rate, width), (backend, python) in itertools.product((BASELINE, *AROUND), pythons.items()):
            wanted = [
                case
                for case in cases(rate, width, seeds)
                if (backend, *(str(case[name]) for name in COLUMNS[1:5])) not in there
            ]
            for done in run(backend, python, wanted, npz) if wanted else ():
                with OUT.open("a", newline="", encoding="utf-8") as file:
                    csv.DictWriter(file, COLUMNS, lineterminator="\n").writerow(done)


if __name__ == "__main__":
    main()
