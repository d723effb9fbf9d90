"""What the studies' trials say beside their declared comparisons: doses, hazards, logits, weights, paths of the loss.

Nothing here was predicted, so nothing here is a verdict: counts and medians, with their n.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from ablate.report.text_escaping import markdown
from ablate.stats.causes import AT_CHANCE
from ablate.stats.rates import wilson
from findings import grid, published, text
from validation import repeats

DOSES = ("clipped_1e-3", "clipped", "clipped_1e-12", "clipped_1e-30", "naive", "fused")
"""Losses from the largest eps (1e-3, 1e-7, 1e-12, 1e-30, none) to the fused one."""

TRAP = {"loss": "clipped", "learning_rate": "0.05", "optimizer": "adam"}
"""The rescue studies' network as it sits in its trap, where they vary it; its activation is each study's own."""

FEWEST = 5
"""Networks in a trap of which a hazard is shown; `rescue_collapsed` is of those that collapse by themselves."""

BOUNDS = ("normalization", "regularizer", "constraint")
"""What the normalization study turns on, one at a time."""

NEITHER = {"normalization": "off", "regularizer": "off", "constraint": "off", "clipping": "none"}


def every(results: Path) -> dict[str, str]:
    """By study, its tables as Markdown; a study without published trials, or without tables, is left out."""
    found: dict[str, str] = {}
    for study, tables in TABLES.items():
        trials = published.frame(results / study, "trials.parquet")
        endings = published.frame(results / study, "endings.parquet")
        if trials is not None and endings is not None:
            whole = trials.merge(endings, how="left", on="id", suffixes=("", "_seen"))
            found[study] = "\n".join(f"{title}\n\n{table(whole)}" for title, table in tables.items())
    for study, reported in REPORTED.items():
        for title, (file, read) in reported.items():
            if (path := results / study / file).is_file():
                found[study] = "\n".join([*([found[study]] if study in found else []), f"{title}\n\n{read(path)}"])
    paths = results / "validation" / "losspaths.csv"
    if "loss" in found and paths.is_file():
        found["loss"] += f"\n{PATHS}\n\n{loss_paths(paths)}"
    return found


def doses(trials: pd.DataFrame) -> str:
    """Fresh trials that escaped, by loss and, of each task, the rates at which any loss failed."""
    own = trials[(trials["start"] == "fresh") & trials["loss"].isin(DOSES)]
    places = [key for key, group in own.groupby(["task", "learning_rate"]) if (group["state"] != "escaped").any()]
    rows = []
    for loss in DOSES:
        cells = (own[(own["loss"] == loss) & (own["task"] == t) & (own["learning_rate"] == r)] for t, r in places)
        rows.append((markdown(loss), *(_count(cell["state"]) for cell in cells)))
    return text.table(("loss", *(f"{task}, rate {rate}" for task, rate in places)), rows)


def hazards(trials: pd.DataFrame, activation: str) -> str:
    """Which single remedy gets out of which trap, by task: escapes, their interval, and the median steps they took.

    Beside them the same change on networks in no trap, which go on from a first phase that escaped: what brings these
    down says nothing of a trap. A network that was to collapse by itself and did not is in no trap and left out.

    Args:
        trials: of a rescue study.
        activation: that of the network in its trap.
    """
    trapped = {**TRAP, "activation": activation, **NEITHER}
    natural = trials["start"] == "collapsed"
    free = dict(_alone(trials[natural & (trials["start_state"] == "escaped")], trapped))
    caught = trials[(trials["start"] != "fresh") & (~natural | (trials["start_state"] == "collapsed"))]
    tasks = list(dict.fromkeys(trials["task"]))
    rows = []
    for start, own in caught.groupby("start"):
        for remedy, group in _alone(own, trapped):
            if not group["task"].value_counts().max() >= FEWEST:
                continue
            cells = [_hazard(group[group["task"] == task]) for task in tasks]
            control = free.get(remedy, trials.iloc[:0])
            cells += [_count(control.loc[control["task"] == task, "state"]) for task in tasks]
            rows.append((markdown(str(start)), markdown(remedy), *cells))
    head = ("trap", "remedy", *tasks, *(f"in no trap, {task}" for task in tasks))
    return text.table(head, rows)


def _hazard(trials: pd.DataFrame) -> str:
    """Escapes, their interval, and the median steps: '3 of 4 [0.30, 0.95], 48 steps'."""
    if not len(trials):
        return "-"
    out = trials["state"] == "escaped"
    low, high = wilson(np.array(out.sum()), np.array(len(trials)))
    steps = f", {trials.loc[out, 'time'].median():.0f} steps" if out.any() else ""
    return f"{_count(trials['state'])} [{low:.2f}, {high:.2f}]{steps}"


def _alone(trials: pd.DataFrame, neutral: Mapping[str, str]) -> Iterable[tuple[str, pd.DataFrame]]:
    """Trials with nothing changed of these levels, and those with one change, by its name."""
    changed = pd.DataFrame({name: trials[name] != level for name, level in neutral.items()})
    yield "nothing", trials[changed.sum(axis=1) == 0]
    single = trials[changed.sum(axis=1) == 1]
    for name in neutral:
        for level, group in single[single[name] != neutral[name]].groupby(name):
            yield f"{name}={level}", group


def logits(trials: pd.DataFrame) -> str:
    """The logits of the probe at the end of the trials at chance: how large on the whole, and how far apart."""
    own = trials[trials["state"].isin(AT_CHANCE) & np.isfinite(trials["logit_mean"])]
    rows = []
    for (optimizer, rate, task), group in own.groupby(["optimizer", "learning_rate", "task"]):
        mean, gap = group["logit_mean"].abs().median(), group["logit_gap"].median()
        numbers = (f"{mean:.3g}", f"{gap:.3g}", f"{group['loss_seen'].median():.3g}", str(len(group)))
        rows.append((str(optimizer), str(rate), str(task), *numbers))
    head = ("optimizer", "rate", "task", "size of the mean logit", "largest less true logit", "loss", "trials")
    return text.table(head, rows)


def weights(trials: pd.DataFrame) -> str:
    """The norm of all weights at the end of fresh trials, by activation: median, and those that escaped."""
    return _norms(trials[trials["start"] == "fresh"], "activation")


def bounds(trials: pd.DataFrame) -> str:
    """The norm of all weights at the end, by what might keep them small: median, and those that escaped."""
    levels = trials[list(BOUNDS)].astype(str)
    named = levels.apply(lambda row: ", ".join(f"{name}={row[name]}" for name in BOUNDS if row[name] != "off"), axis=1)
    return _norms(trials.assign(bound=named.replace("", "nothing")), "bound")


def _norms(trials: pd.DataFrame, by: str) -> str:
    """Median norm of the weights and escapes at the study's own rate: a row a level, a column a task and loss."""
    own = trials[trials["learning_rate"] == trials["learning_rate"].iloc[0]]
    places = list(dict.fromkeys(zip(own["task"], own["loss"], strict=True)))
    rows = []
    for level, same in own.groupby(by, sort=False):
        cells = [same[(same["task"] == task) & (same["loss"] == loss)] for task, loss in places]
        texts = [
            f"{each['weight_norm'].median():.0f} ({_count(each['state'])})" if len(each) else "-" for each in cells
        ]
        rows.append((markdown(str(level)), *texts))
    return text.table((by, *(f"{task}, {loss}" for task, loss in places)), rows)


def loss_paths(path: Path) -> str:
    """Which edits of a model's end leave Keras the fused loss, and which bring the clip back."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [(row["edit"], f"`{row['written']}`", row["mode"], row["path"]) for row in csv.DictReader(file)]
    return text.table(("edit", "as written", "mode", "loss that trains"), rows)


def repeated(path: Path) -> str:
    """What became of the published intervals when studies were trained again; empty if none was."""
    if not path.is_file():
        return ""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    studies = " and ".join(f"`{name}`" for name in dict.fromkeys(row["study"] for row in rows))
    covered = sum(row["covered"] == "True" for row in rows)
    expected = sum(1 - repeats.outside(int(row["pairs"]), int(row["repeat_pairs"])) for row in rows)
    return (
        f"Trained again with other seeds (`python -m validation.repeats`): {studies}; {covered} of {len(rows)} repeats "
        f"lie in the published interval, {expected:.1f} of them if both estimate the same, for a repeat scatters, too "
        "([each](../results/published/validation/repeats.csv)).\n"
    )


def _count(states: pd.Series) -> str:
    return f"{int((states == 'escaped').sum())} of {len(states)}" if len(states) else "-"


PATHS = (
    "What reaches the loss of Keras on the pinned version (`python -m validation.losspaths`): at a saturated wrong "
    "answer the slope of the fused loss is -1, and that of the clipped one 0."
)

SWAPS = "Each level instead of the baseline's, all else and the seed alike:"
MINIMAL = "How many remedies does it take, and how often does one spoil what another does?"

TABLES: Mapping[str, Mapping[str, Callable[[pd.DataFrame], str]]] = {
    "loss": {"Fresh trials that escaped, by the clip of the loss, at the rates where any failed:": doses},
    "activation": {"Median norm of all weights at the end (and escapes), fresh trials at rate 0.05:": weights},
    "normalization": {
        "Median norm of all weights at the end (and escapes) at rate 0.05: what keeps them small?": bounds
    },
    "logits": {"Logits of the trials at chance (medians): were they largely equal, and quite large?": logits},
    "rescue": {
        "One remedy alone, on networks that sit in a trap, and on networks that sit in none:": partial(
            hazards, activation="relu"
        )
    },
    "rescue_collapsed": {
        "One remedy alone, on networks that have collapsed by themselves:": partial(hazards, activation="leaky_relu")
    },
    "folklore": {SWAPS: grid.swaps, MINIMAL: grid.minimal},
    "folklore_blobs": {
        SWAPS: partial(grid.swaps, baseline=grid.ON_BLOBS),
        MINIMAL: partial(grid.minimal, baseline=grid.ON_BLOBS),
    },
}
"""By study, its tables under their titles."""

_PAIRS: Mapping[str, tuple[str, Callable[[Path], str]]] = {
    "Which sets of at most two remedies are enough, and none of which can be left out:": (
        "report/tables/sets.csv",
        grid.sets,
    ),
    "Remedies that get in each other's way:": ("report/tables/sets.csv", grid.clashes),
}

_DECIDES: Mapping[str, tuple[str, Callable[[Path], str]]] = {
    "What decides whether a setting escapes, over the whole grid:": ("report/tables/importance.csv", grid.importance)
}

REPORTED: Mapping[str, Mapping[str, tuple[str, Callable[[Path], str]]]] = {
    "folklore": {
        **_DECIDES,
        "What a search of it finds, each set tested on fresh seeds:": ("../folklore_search/search.json", grid.found),
        "What its parts have cost, two cores that did other work beside:": ("parts/costs.csv", grid.parts),
    },
    "folklore_blobs": _DECIDES,
    "pairs": _PAIRS,
    "pairs_blobs": _PAIRS,
}
"""By study, what files of its say that are tables already, under their titles."""
