"""Show what one change to the baseline does alone: to fresh networks, and to networks in a trap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from ablate.report.text_escaping import markdown
from ablate.stats.rates import wilson
from findings import text

TRAP = {"loss": "clipped", "learning_rate": "0.05", "optimizer": "adam"}
"""The levels of the network that the rescue studies put into a trap; each study has its own activation."""

FEWEST = 5
"""Fewest networks in a trap for which a hazard is shown."""

NEITHER = {"normalization": "off", "regularizer": "off", "constraint": "off", "clipping": "none"}


def one_change(trials: pd.DataFrame) -> str:
    """Show how fresh networks end with one change to the baseline: states, the best accuracy and the last one.

    Args:
        trials: trials of a study, with its baseline's levels in `attrs`.
    """
    fresh = trials[(trials["start"] == "fresh") & (trials["fault"] == "none")]
    known = {name: level for name, level in trials.attrs["baseline"].items() if name in fresh and name != "start"}
    rows = []
    for change, alone in _alone(fresh, known):
        best, last = alone["best_accuracy"], alone["final_accuracy"]
        collapsed = f"{(alone['state'] == 'collapsed').sum()} of {len(alone)}"
        others = f"{(~alone['state'].isin(['escaped', 'collapsed'])).sum()} of {len(alone)}"
        accuracies = (f"{best.median():.2f}", f"{last.median():.2f}", f"{last.max():.2f}")
        rows.append((markdown(change), count(alone["state"]), collapsed, others, *accuracies))
    return text.table(
        (
            "change",
            "escaped",
            "collapsed",
            "stuck, slow or diverged",
            "best accuracy, median",
            "last, median",
            "last, largest",
        ),
        rows,
    )


def freed(trials: pd.DataFrame) -> str:
    """Count the escapes of networks that were stuck in their first phase, by network, learning rate and loss."""
    stuck = trials[(trials["start"] == "collapsed") & (trials["start_state"] == "stuck")]
    losses = list(dict.fromkeys(stuck["loss"]))
    rows = [
        (str(model), str(rate), *(count(same.loc[same["loss"] == loss, "state"]) for loss in losses))
        for (model, rate), same in stuck.groupby(["model", "learning_rate"], sort=False)
    ]
    return text.table(("network", "learning rate", *map(markdown, losses)), rows)


def hazards(trials: pd.DataFrame, activation: str) -> str:
    """Show which single remedy frees networks from which trap, by task: escapes, their interval, and the median steps.

    Beside them stands the same change on networks in no trap, which go on from a first phase that escaped. A change
    that makes these fail, too, shows nothing about the trap. A network that did not collapse in its first phase is in
    no trap, so it does not count among the trapped networks of `collapsed`.

    Args:
        trials: trials of a rescue study.
        activation: activation of the network in its trap.
    """
    trapped = {**TRAP, "activation": activation, **NEITHER}
    natural = trials["start"] == "collapsed"
    free = dict(_alone(trials[natural & (trials["start_state"] == "escaped")], trapped))
    caught = trials[(trials["start"] != "fresh") & (~natural | (trials["start_state"] == "collapsed"))]
    tasks = list(dict.fromkeys(trials["task"]))
    rows = []
    for start, of_start in caught.groupby("start"):
        for remedy, group in _alone(of_start, trapped):
            if not group["task"].value_counts().max() >= FEWEST:
                continue
            cells = [_hazard(group[group["task"] == task]) for task in tasks]
            control = free.get(remedy, trials.iloc[:0])
            cells += [count(control.loc[control["task"] == task, "state"]) for task in tasks]
            rows.append((markdown(str(start)), markdown(remedy), *cells))
    head = ("trap", "remedy", *tasks, *(f"in no trap, {task}" for task in tasks))
    return text.table(head, rows)


def _hazard(trials: pd.DataFrame) -> str:
    """Return escapes, their interval, and the median steps: '3 of 4 [0.30, 0.95], 48 steps'."""
    if not len(trials):
        return "-"
    out = trials["state"] == "escaped"
    low, high = wilson(np.array(out.sum()), np.array(len(trials)))
    steps = f", {trials.loc[out, 'time'].median():.0f} steps" if out.any() else ""
    return f"{count(trials['state'])} [{low:.2f}, {high:.2f}]{steps}"


def _alone(trials: pd.DataFrame, neutral: Mapping[str, str]) -> Iterable[tuple[str, pd.DataFrame]]:
    """Yield the trials without a change from these levels, then those with one change, by the change's name."""
    changed = pd.DataFrame({name: trials[name] != level for name, level in neutral.items()})
    yield "no change", trials[changed.sum(axis=1) == 0]
    single = trials[changed.sum(axis=1) == 1]
    for name in neutral:
        for level, group in single[single[name] != neutral[name]].groupby(name):
            yield f"{name}={level}", group


def count(states: pd.Series) -> str:
    """Return how many of these states are `escaped`: 3 of 20; a dash if there are none."""
    return f"{int((states == 'escaped').sum())} of {len(states)}" if len(states) else "-"
