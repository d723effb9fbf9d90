"""`python -m validation.asked [FOLDER]`: test the guide on networks from public questions.

Each network of `validation.nets` is trained on digits with 16 seeds. The guide (docs/guide.md) lists changes for the
most frequent cause among its trials at chance. The first three that the network allows are tried, one at a time, with
the same seeds. FOLDER/asked.csv (results/published/validation if not given): a row a network and change.
"""

from __future__ import annotations

import csv
import inspect
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from validation import nets
from validation.nets import ASKED

ROOT = Path(__file__).parents[1]
SEEDS = 16
TRIED = 3
TIMES = {"far lower": 0.1, "somewhat lower": 1 / 3, "somewhat higher": 3.0, "far higher": 10.0}
"""A change of the learning rate in the guide's words -> the multiple that is tried."""

UNITS = {"lower": 0.25, "higher": 4.0}
COLUMNS = ("network", "asked", "at_chance", "sight", "place", "change", "escaped", "of")

INSIDE = ("activation", "constraint", "dropout", "initializer", "normalization", "regularizer", "width")
"""Factors of the layers, which ablate cannot change in some layers."""

Row = Mapping[str, Any]


def override(
    factor: str, change: str, base: Mapping[str, Any], opened: Collection[str], takes: Collection[str] = ()
) -> str:
    """Return the override that makes a change of the guide; empty if the network does not allow or need it.

    Args:
        factor: the factor to change.
        change: its new level, or a direction.
        base: factor -> the network's parameters.
        opened: the factors that can be changed in the network's layers.
        takes: the factors that its builder has an argument for.

    Examples:
        >>> override("learning_rate", "far lower", {"learning_rate": 0.5}, ())
        'learning_rate=0.05'
        >>> override("optimizer", "adam", {"optimizer": {"kind": "adam"}}, ())
        ''
    """
    if factor == "depth":
        key = "model.arguments.depth" if factor in takes else factor if factor in opened else ""
        return f"{key}=2" if key and change == "lower" and base[factor] > 2 else ""
    if factor in takes:
        return f"model.arguments.{factor}={change}"
    if factor in INSIDE and factor not in opened:
        return ""
    if factor == "learning_rate":
        return f"{factor}={base[factor] * TIMES[change]:.4g}"
    if factor == "width":
        return f"{factor}={max(2, round(base[factor] * UNITS[change]))}"
    fused = factor == "loss" and change == "fused" and base[factor]["kind"] in ("fused", "keras", "post")
    return "" if fused or base[factor]["kind"] == change else f"{factor}={change}"


def first(name: str, advice: Sequence[tuple[str, str]]) -> list[str]:
    """Return the first TRIED changes of a list that a network allows, as overrides.

    Args:
        name: builder of the network.
        advice: (factor, change), the best first.
    """
    from ablate import configure
    from ablate.remedies.model import applying

    base = configure.compose([f"model=validation.nets:{name}", "task=digits", "input_scale=raw"]).baseline.params()
    takes = inspect.signature(getattr(nets, name)).parameters
    words = [override(factor, change, base, applying(base["model"]), takes) for factor, change in advice]
    return list(filter(None, words))[:TRIED]


def trained(name: str, results_dir: str, *words: str) -> tuple[dict[str, int], dict[str, int]]:
    """Train a network and return its numbers of trials by state, and of trials at chance by cause.

    Args:
        name: builder of the network.
        results_dir: folder for the study.
        words: overrides that change the network.
    """
    import ablate
    from ablate import store
    from ablate.core import filesystem
    from ablate.stats import causes
    from ablate.store.manifest import read

    study = "-".join([name, *(change.replace("=", "-").replace("model.arguments.", "") for change in words)])
    task = ("task=digits", "input_scale=raw", f"seed=range({SEEDS})")
    done = ablate.sweep(f"model=validation.nets:{name}", *task, *words, f"study={study}", f"results_dir={results_dir}")
    folder = filesystem.place(str(done.folder))
    states = store.read_states(folder)
    state_of = dict(zip(states["id"], states["state"].astype(str), strict=True))
    ids = [trial for trial, state in state_of.items() if state in causes.AT_CHANCE]
    (chance,) = read(folder).chance.values()
    curves = store.read_curves(folder, ids)
    counts = Counter(causes.cause_of(curves[trial], chance.classes) for trial in ids)
    return dict(Counter(state_of.values())), dict(counts)


def rows(name: str, results_dir: str, advice: Mapping[str, list[tuple[str, str]]]) -> Iterator[Row]:
    """Yield a row per change that the guide ranks first for a network; one without a change if it is not stuck.

    Args:
        name: builder of the network.
        results_dir: folder for the study.
        advice: cause -> the guide's changes.
    """
    states, causes = trained(name, results_dir)
    start = {"network": name, "asked": ASKED[name], "at_chance": SEEDS - states.get("escaped", 0), "of": SEEDS}
    if not causes:
        yield start
        return
    cause = max(causes, key=lambda name: (causes[name], name))
    for number, change in enumerate(first(name, advice[cause]), start=1):
        escaped = trained(name, results_dir, change)[0].get("escaped", 0)
        yield start | {"sight": cause, "place": number, "change": change, "escaped": escaped}


def advised(results: Path) -> dict[str, list[tuple[str, str]]]:
    """Return cause -> the guide's changes for networks that start anew, as (factor, change), the best first."""
    from findings import changes, guide
    from findings.guide_text import MADE_FROM

    made = guide.made_from(changes.pairs(results, MADE_FROM))
    return {
        cause: [(advice.factor, advice.change) for advice in ranked]
        for (phase, cause), ranked in made.items()
        if phase == "anew"
    }


def main(folder: str = "results/published/validation", *names: str) -> int:
    """Train, write the table, print how many networks were freed, and return the exit status."""
    advice = advised(ROOT / "results" / "published")
    table: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="ablate-asked-") as results_dir:
        for name in names or ASKED:
            table += rows(name, results_dir, advice)
    target = Path(folder) / "asked.csv"
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(table)
    stuck = {row["network"] for row in table if 2 * row["at_chance"] > SEEDS}
    freed = {row["network"] for row in table if row["network"] in stuck and 2 * row.get("escaped", 0) > SEEDS}
    print(f"{len(freed)} of {len(stuck)} stuck networks are freed by one of the guide's first {TRIED} changes.")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
