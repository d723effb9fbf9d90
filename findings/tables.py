"""Write what the studies' trials show beside their declared comparisons: doses, logits, weights, loss paths.

Nothing here was predicted, so there are no verdicts: counts and medians, with their n.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from ablate.report.text_escaping import markdown
from ablate.stats.causes import AT_CHANCE
from findings import grid, published, single_changes, text
from validation import repeats

DOSES = ("clipped_1e-3", "clipped", "clipped_1e-12", "clipped_1e-30", "naive", "fused")
"""Losses in the order of eps (1e-3, 1e-7, 1e-12, 1e-30, none), then the fused loss."""

BOUNDS = ("normalization", "regularizer", "constraint")
"""The factors that the normalization study switches on, one at a time."""


def every(results: Path) -> dict[str, str]:
    """Return study -> its tables as Markdown, for studies with tables and published trials."""
    pages: dict[str, str] = {}
    for study, tables in TABLES.items():
        trials = published.frame(results / study, "trials.parquet")
        endings = published.frame(results / study, "endings.parquet")
        if trials is not None and endings is not None:
            whole = trials.merge(endings, how="left", on="id", suffixes=("", "_seen"))
            whole.attrs["baseline"] = published.baseline(results / study)
            pages[study] = "\n".join(f"{title}\n\n{table(whole)}" for title, table in tables.items())
    for study, reported in REPORTED.items():
        for title, (file, read) in reported.items():
            if (path := results / study / file).is_file():
                pages[study] = "\n".join([*([pages[study]] if study in pages else []), f"{title}\n\n{read(path)}"])
    paths = results / "validation" / "losspaths.csv"
    if "loss" in pages and paths.is_file():
        pages["loss"] += f"\n{PATHS}\n\n{loss_paths(paths)}"
    return pages


def doses(trials: pd.DataFrame) -> str:
    """Count the fresh trials that escaped, by loss, and by the tasks and rates at which any loss failed."""
    fresh = trials[(trials["start"] == "fresh") & trials["loss"].isin(DOSES)]
    failed = [key for key, group in fresh.groupby(["task", "learning_rate"]) if (group["state"] != "escaped").any()]
    rows = []
    for loss in DOSES:
        of_loss = fresh[fresh["loss"] == loss]
        cells = (of_loss[(of_loss["task"] == task) & (of_loss["learning_rate"] == rate)] for task, rate in failed)
        rows.append((markdown(loss), *(single_changes.count(cell["state"]) for cell in cells)))
    return text.table(("loss", *(f"{task}, rate {rate}" for task, rate in failed)), rows)


def logits(trials: pd.DataFrame) -> str:
    """Show the size of the logits and their differences on the validation rows, at the end of trials at chance."""
    stuck = trials[trials["state"].isin(AT_CHANCE) & np.isfinite(trials["logit_mean"])]
    rows = []
    for (optimizer, rate, task), group in stuck.groupby(["optimizer", "learning_rate", "task"]):
        mean, gap = group["logit_mean"].abs().median(), group["logit_gap"].median()
        numbers = (f"{mean:.3g}", f"{gap:.3g}", f"{group['loss_seen'].median():.3g}", str(len(group)))
        rows.append((str(optimizer), str(rate), str(task), *numbers))
    head = ("optimizer", "rate", "task", "size of the mean logit", "largest minus true logit", "loss", "trials")
    return text.table(head, rows)


def weights(trials: pd.DataFrame) -> str:
    """Show the norm of all weights at the end of fresh trials, by activation: median, and escapes."""
    return _norms(trials[trials["start"] == "fresh"], "activation")


def bounds(trials: pd.DataFrame) -> str:
    """Show the norm of all weights at the end, by the remedies that may keep it small: median, and escapes."""
    levels = trials[list(BOUNDS)].astype(str)
    named = levels.apply(lambda row: ", ".join(f"{name}={row[name]}" for name in BOUNDS if row[name] != "off"), axis=1)
    return _norms(trials.assign(bound=named.replace("", "nothing")), "bound")


def _norms(trials: pd.DataFrame, by: str) -> str:
    """Return median norm and escapes at the study's first rate: a row a level, a column a task and loss."""
    at_rate = trials[trials["learning_rate"] == trials["learning_rate"].iloc[0]]
    columns = list(dict.fromkeys(zip(at_rate["task"], at_rate["loss"], strict=True)))
    rows = []
    for level, same in at_rate.groupby(by, sort=False):
        cells = [same[(same["task"] == task) & (same["loss"] == loss)] for task, loss in columns]
        texts = [
            f"{cell['weight_norm'].median():.0f} ({single_changes.count(cell['state'])})" if len(cell) else "-"
            for cell in cells
        ]
        rows.append((markdown(str(level)), *texts))
    return text.table((by, *(f"{task}, {loss}" for task, loss in columns)), rows)


def loss_paths(path: Path) -> str:
    """Show with which forms of a model's last layer Keras uses the fused loss, and with which the clipped one."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [(row["edit"], f"`{row['written']}`", row["mode"], row["path"]) for row in csv.DictReader(file)]
    return text.table(("last layer", "as written", "mode", "loss that Keras uses"), rows)


def repeated(path: Path) -> str:
    """Return how many published intervals hold when studies are trained again; empty without such a file."""
    if not path.is_file():
        return ""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = [f"`{name}`" for name in dict.fromkeys(row["study"] for row in rows)]
    studies = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    covered = sum(row["covered"] == "True" for row in rows)
    expected = sum(1 - repeats.outside(int(row["pairs"]), int(row["repeat_pairs"])) for row in rows)
    return (
        f"{studies} were trained again with other seeds (`python -m validation.repeats`). By chance alone "
        f"{expected:.1f} of {len(rows)} repeated differences are expected to lie in the published intervals; "
        f"{covered} did "
        "([all of them](../results/published/validation/repeats.csv)).\n"
    )


PATHS = (
    "Which loss the pinned version of Keras uses, by the form of the last layer (`python -m validation.losspaths`). At "
    "a saturated wrong answer the fused loss has the slope -1 and the clipped one 0."
)

SWAPS = "Each level in place of the baseline's, with the same levels of all other factors and the same seeds:"
MINIMAL = "How many remedies it takes, and how often a further remedy makes a setting fail:"

TABLES: Mapping[str, Mapping[str, Callable[[pd.DataFrame], str]]] = {
    "blog": {"Fresh networks with one change to the baseline:": single_changes.one_change},
    "models": {"Escapes of networks that were stuck in their first phase, by loss:": single_changes.freed},
    "loss": {"Fresh trials that escaped, by the clip of the loss, at the rates where any loss failed:": doses},
    "activation": {"Median norm of all weights at the end (and escapes), fresh trials at rate 0.05:": weights},
    "normalization": {
        "Median norm of all weights at the end (and escapes) at rate 0.05, by what may keep it small:": bounds
    },
    "logits": {"Medians of the logits of trials at chance: their size, and their differences:": logits},
    "rescue": {
        "Escapes by one remedy alone, of networks in a trap and of networks in no trap:": partial(
            single_changes.hazards, activation="relu"
        )
    },
    "rescue_collapsed": {
        "Escapes by one remedy alone, of networks that collapsed by themselves:": partial(
            single_changes.hazards, activation="leaky_relu"
        )
    },
    "folklore": {SWAPS: grid.swaps, MINIMAL: grid.minimal},
    "folklore_blobs": {
        SWAPS: partial(grid.swaps, baseline=grid.ON_BLOBS),
        MINIMAL: partial(grid.minimal, baseline=grid.ON_BLOBS),
    },
}
"""Study -> title -> function that makes the table from its trials."""

_PAIRS: Mapping[str, tuple[str, Callable[[Path], str]]] = {
    "Minimal sufficient sets of at most two remedies:": (
        "report/tables/sets.csv",
        grid.sets,
    ),
    "Remedies that are sufficient alone but not together:": ("report/tables/sets.csv", grid.clashes),
}

_DECIDES: Mapping[str, tuple[str, Callable[[Path], str]]] = {
    "Which factors decide whether a setting escapes, over the whole grid:": (
        "report/tables/importance.csv",
        grid.importance,
    )
}

REPORTED: Mapping[str, Mapping[str, tuple[str, Callable[[Path], str]]]] = {
    "folklore": {
        **_DECIDES,
        "What a search of this grid finds, each set tested on fresh seeds:": (
            "../folklore_search/search.json",
            grid.search_claims,
        ),
        "Cost of its parts on two cores that did other work, too; parts that were trained together have their mean:": (
            "parts/costs.csv",
            grid.parts,
        ),
    },
    "folklore_blobs": _DECIDES,
    "pairs": _PAIRS,
    "pairs_blobs": _PAIRS,
}
"""Study -> title -> file in its published folder, and function that makes the table from it."""
