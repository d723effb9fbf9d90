"""`python -m validation.asked [FOLDER]`: the guide on networks from public questions, which it was not made from.

Each network of `validation.nets` is trained as it was asked about, 16 seeds on digits. How most of its trials at chance
look is looked up in the guide (docs/guide.md), and the first three changes that it can make are tried, one at a time,
with the same seeds. FOLDER/asked.csv (results/published/validation if not given): a row a network and change.
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
"""A change of the learning rate in the guide's words -> the factor that is tried."""

UNITS = {"lower": 0.25, "higher": 4.0}
COLUMNS = ("network", "asked", "at_chance", "sight", "place", "change", "escaped", "of")

INSIDE = ("activation", "constraint", "dropout", "initializer", "normalization", "regularizer", "width")
"""Factors of the layers, which some layers leave no place for."""

Row = Mapping[str, Any]


def word(
    factor: str, change: str, base: Mapping[str, Any], opened: Collection[str], takes: Collection[str] = ()
) -> str:
    """The override that makes a change of the guide; empty if this network cannot make it or is so already.

    Args:
        factor: of the guide.
        change: a level, or a direction.
        base: the network's parameters by factor.
        opened: the factors inside the network that can be changed in its layers.
        takes: those that its builder has an argument for.

    Examples:
        >>> word("learning_rate", "far lower", {"learning_rate": 0.5}, ())
        'learning_rate=0.05'
        >>> word("optimizer", "adam", {"optimizer": {"kind": "adam"}}, ()), word("depth", "lower", {"depth": 2}, ())
        ('', '')
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
    """The first changes on a list that this network can make, as overrides."""
    from ablate import configure
    from ablate.remedies.model import applying

    base = configure.compose([f"model=validation.nets:{name}", "task=digits", "input_scale=raw"]).baseline.params()
    takes = inspect.signature(getattr(nets, name)).parameters
    words = [word(factor, change, base, applying(base["model"]), takes) for factor, change in advice]
    return list(filter(None, words))[:TRIED]


def trained(name: str, place: str, *words: str) -> tuple[dict[str, int], dict[str, int]]:
    """How the seeds of a network ended, and how those at chance look; `words` change it."""
    import ablate
    from ablate import store
    from ablate.core import filesystem
    from ablate.stats import causes
    from ablate.store.manifest import read

    study = "-".join([name, *(each.replace("=", "-").replace("model.arguments.", "") for each in words)])
    task = ("task=digits", "input_scale=raw", f"seed=range({SEEDS})")
    done = ablate.sweep(f"model=validation.nets:{name}", *task, *words, f"study={study}", f"results_dir={place}")
    folder = filesystem.place(str(done.folder))
    states = store.read_states(folder)
    own = dict(zip(states["id"], states["state"].astype(str), strict=True))
    ids = [each for each, state in own.items() if state in causes.AT_CHANCE]
    (chance,) = read(folder).chance.values()
    curves = store.read_curves(folder, ids)
    counts = Counter(causes.cause_of(curves[each], chance.classes) for each in ids)
    return dict(Counter(own.values())), dict(counts)


def rows(name: str, place: str, advice: Mapping[str, list[tuple[str, str]]]) -> Iterator[Row]:
    """A row for each change that the guide puts first for this network; one without a change if it is not stuck."""
    states, causes = trained(name, place)
    start = {"network": name, "asked": ASKED[name], "at_chance": SEEDS - states.get("escaped", 0), "of": SEEDS}
    if not causes:
        yield start
        return
    cause = max(causes, key=lambda name: (causes[name], name))
    for number, each in enumerate(first(name, advice[cause]), start=1):
        escaped = trained(name, place, each)[0].get("escaped", 0)
        yield start | {"sight": cause, "place": number, "change": each, "escaped": escaped}


def advised(results: Path) -> dict[str, list[tuple[str, str]]]:
    """Cause -> the guide's changes for a network that starts anew, as (factor, change), the first first."""
    from findings import changes, guide
    from findings.guide_text import MADE_FROM

    made = guide.made_from(changes.pairs(results, MADE_FROM))
    return {
        cause: [(advice.factor, advice.change) for advice in ranked]
        for (phase, cause), ranked in made.items()
        if phase == "anew"
    }


def main(folder: str = "results/published/validation", *names: str) -> int:
    """Trains, writes the table, and prints how many networks were freed; the exit status."""
    advice = advised(ROOT / "results")
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="ablate-asked-") as place:
        for name in names or ASKED:
            found += rows(name, place, advice)
    target = Path(folder) / "asked.csv"
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(found)
    stuck = {row["network"] for row in found if 2 * row["at_chance"] > SEEDS}
    freed = {row["network"] for row in found if row["network"] in stuck and 2 * row.get("escaped", 0) > SEEDS}
    print(f"{len(freed)} of {len(stuck)} stuck networks are freed by one of the guide's first {TRIED} changes.")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
