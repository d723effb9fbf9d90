"""Which plateau it was: what the signals of a trial that is stuck, or fell back, say about why.

A network at chance can be mute (every unit dead, or the same output for every input), deaf (the loss passes no gradient
back), of one mind (all units copies of one), broken (not finite), or quite healthy and taught something else than the
probe asks. First match wins. The rules read the last looks; the figures behind them are in `RULES`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablate.outcomes.curves import Curves
from ablate.stats.rates import wilson

FINGERPRINTS = ("non_finite", "symmetric", "data_fault", "clip_trap", "dead_units", "uniform_output", "other")

SIGHTS = (*FINGERPRINTS[:-2], "small_steps", "large_steps")
"""What the guide's rows are about: `uniform_output` and `other` say little of what helps, the size of a step more."""

AT_CHANCE = ("diverged", "collapsed", "slow", "stuck")
"""The states that need a reason."""

LAST = 3

SPREAD = "unit_spread_"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The figures behind the fingerprints.

    Attributes:
        parted: at the end the probe loss is above the training loss by this share of ln(classes).
        deaf: at least this share of the probe passes exactly no gradient to its logits.
        dead: at least this share of a layer's units is silent on the whole probe.
        flat: a loss is this close to ln(classes), as a share of it: nothing has been learned.
        narrow: a network that is one unit copied predicts at most this share of ln(classes) in entropy.
        step: a step that changes the weights by less than this share of their norm is small. "Somewhere around 1e-3" is
            the rule of thumb of A. Karpathy, CS231n, "Neural Networks Part 3: Ratio of weights:updates".
    """

    parted: float = 0.05
    deaf: float = 0.85
    dead: float = 0.99
    flat: float = 0.02
    narrow: float = 0.5
    step: float = 1e-3


RULES = Rules()


def read(curves: Curves, classes: int, rules: Rules = RULES) -> str:
    """The fingerprint of a trial, one of FINGERPRINTS.

    Args:
        curves: its signals; without any it is `other`.
        classes: of the task.
        rules: the figures to use.
    """
    signals = curves.signals
    if curves.bad_step >= 0:
        return "non_finite"
    if "loss" not in signals or not len(signals["loss"]):
        return "other"
    if not (np.isfinite(signals["loss"]).all() and np.asarray(signals["finite"]).all()):
        return "non_finite"
    ln = math.log(classes)
    if _last(signals, "loss") < 0:
        return "data_fault"
    if _one_mind(signals, rules.narrow * ln):
        return "symmetric"
    if _parted(signals, ln, rules):
        return "data_fault"
    if _last(signals, "zero_gradient_share") >= rules.deaf:
        return "clip_trap"
    if max((float(layer[-LAST:].min()) for layer in _layers(signals, "dead_share_")), default=0.0) >= rules.dead:
        return "dead_units"
    return "uniform_output" if abs(_last(signals, "loss") - ln) <= rules.flat * ln else "other"


def sight(fingerprint: str, update_ratio: float, rules: Rules = RULES) -> str:
    """What to look up in the guide, one of SIGHTS: the fingerprint, or the size of a step where that says more.

    Args:
        fingerprint: of the trial.
        update_ratio: how far a step moves the weights, over their norm: mean of the last looks.
        rules: the figures to use.

    Examples:
        >>> sight("other", 2e-5), sight("uniform_output", 0.01), sight("clip_trap", 0.0)
        ('small_steps', 'large_steps', 'clip_trap')
    """
    if fingerprint in SIGHTS:
        return fingerprint
    return "small_steps" if update_ratio < rules.step else "large_steps"


def seen(curves: Curves, classes: int) -> str:
    """The `sight` of a trial."""
    ratio = _last(curves.signals, "update_ratio") if len(curves.signals.get("update_ratio", ())) else math.nan
    return sight(read(curves, classes), ratio)


def _last(signals: Mapping[str, np.ndarray], name: str) -> float:
    return float(np.mean(signals[name][-LAST:]))


def _layers(signals: Mapping[str, np.ndarray], prefix: str) -> list[np.ndarray]:
    return [np.asarray(values) for name, values in signals.items() if name.startswith(prefix)]


def _parted(signals: Mapping[str, np.ndarray], ln: float, rules: Rules) -> bool:
    """Whether it learned its training data, but not what the probe asks.

    By where both losses end, not by how far they fell: from a bad start, or under dropout, the training loss falls to
    ln(classes) while nothing is learned. By their fall 17 % of 29,596 trials at chance whose data are sound were called
    faults of the data, and 654 of 1,280 whose labels are wrong; by their ends 0.5 %, and 753.
    """
    losses = np.asarray(signals["train_loss"])[-LAST:]
    training = float(np.mean(losses[np.isfinite(losses)])) if np.isfinite(losses).any() else math.inf
    return training < (1 - rules.flat) * ln and _last(signals, "loss") - training > rules.parted * ln


def _one_mind(signals: Mapping[str, np.ndarray], narrow: float) -> bool:
    """Whether all units of a layer are copies of one.

    By `unit_spread_*` (the largest difference between two units of a layer on the probe) where it was recorded, if the
    layer speaks at some look: units that are silent throughout are alike as well, and dead. Without it only some
    networks of ReLU units are recognised: a layer's units die all together or not at all, and the one number that they
    pass on does not tell many classes apart. Copies of leaky or smooth units are then `other`.
    """
    spreads = {name: values for name, values in signals.items() if name.startswith(SPREAD)}
    if spreads:
        silent = {name: signals.get(f"dead_share_{name.removeprefix(SPREAD)}", np.zeros(1)) for name in spreads}
        return any(float(each.max()) == 0.0 and float(silent[name].min()) < 1.0 for name, each in spreads.items())
    dead = _layers(signals, "dead_share_")
    together = all(np.isin(layer, (0.0, 1.0)).all() for layer in dead)
    alive = dead and not any(layer[0] == 1.0 for layer in dead)
    speaks = float(np.min(signals["top_share"])) < 0.99
    return bool(alive and together and speaks and float(np.max(signals["prediction_entropy"])) <= narrow)


def table(endings: pd.DataFrame, confidence: float = 0.95) -> pd.DataFrame:
    """The share of each fingerprint among the trials that ended at chance.

    Args:
        endings: one row a trial: `state` and `fingerprint`; those that are not stuck, slow, collapsed or diverged are
            left out.
        confidence: of the intervals.

    Returns:
        One row a state and fingerprint that occurs: `state`, `fingerprint`, `count`, `n` (trials of that state),
        `share`, `low`, `high` (Wilson; each state by itself).

    Examples:
        >>> rows = [("stuck", "dead_units"), ("stuck", "other"), ("escaped", "other")]
        >>> seen = pd.DataFrame(rows, columns=["state", "fingerprint"])
        >>> print(table(seen)[["state", "fingerprint", "count", "n", "share"]].to_string(index=False))
        state fingerprint  count  n  share
        stuck  dead_units      1  2    0.5
        stuck       other      1  2    0.5
    """
    counts = Counter(zip(endings["state"].astype(str), endings["fingerprint"], strict=True))
    cells = [(state, name, counts[state, name]) for state in AT_CHANCE for name in FINGERPRINTS if counts[state, name]]
    found = pd.DataFrame(cells, columns=["state", "fingerprint", "count"])
    n = found.groupby("state")["count"].transform("sum")
    low, high = wilson(found["count"].to_numpy(int), n.to_numpy(int), confidence)
    return found.assign(n=n, share=found["count"] / n, low=low, high=high)
