"""Which plateau it was: what the signals of a trial that is stuck, or fell back, say about why.

A network at chance can be mute (every unit dead, or the same output for every input), deaf (the loss passes no gradient
back), of one mind (all units copies of one), broken (not finite), or quite healthy and taught something else than the
probe asks. First match wins. The rules read the last looks; the figures behind them are in `RULES`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablate.curves import Curves
from ablate.stats.rates import wilson

FINGERPRINTS = ("non_finite", "symmetric", "data_fault", "clip_trap", "dead_units", "uniform_output", "other")

LAST = 3

SPREAD = "unit_spread_"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The figures behind the fingerprints.

    Attributes:
        parted: the training loss fell by this share of ln(classes) more than the probe loss did.
        deaf: at least this share of the probe passes exactly no gradient to its logits.
        dead: at least this share of a layer's units is silent on the whole probe.
        flat: the probe loss is this close to ln(classes), as a share of it.
        narrow: a network that is one unit copied predicts at most this share of ln(classes) in entropy.
    """

    parted: float = 0.05
    deaf: float = 0.85
    dead: float = 0.99
    flat: float = 0.02
    narrow: float = 0.5


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
    if _parted(signals) > rules.parted * ln:
        return "data_fault"
    if _last(signals, "zero_gradient_share") >= rules.deaf:
        return "clip_trap"
    if max((float(layer[-LAST:].min()) for layer in _layers(signals, "dead_share_")), default=0.0) >= rules.dead:
        return "dead_units"
    return "uniform_output" if abs(_last(signals, "loss") - ln) <= rules.flat * ln else "other"


def _last(signals: Mapping[str, np.ndarray], name: str) -> float:
    return float(np.mean(signals[name][-LAST:]))


def _layers(signals: Mapping[str, np.ndarray], prefix: str) -> list[np.ndarray]:
    return [np.asarray(values) for name, values in signals.items() if name.startswith(prefix)]


def _parted(signals: Mapping[str, np.ndarray]) -> float:
    """How much more the training loss fell than the probe loss: it learns, but not what the probe asks."""
    training = np.asarray(signals["train_loss"])
    seen = training[np.isfinite(training)]
    if len(seen) < 2:
        return 0.0
    probe = np.asarray(signals["loss"])
    fell = float(seen[:LAST].mean() - seen[-LAST:].mean())
    # A probe that got worse is not held against the trial twice: diverging training would look like a data fault.
    return fell - max(float(probe[:LAST].mean() - probe[-LAST:].mean()), 0.0) if fell > 0 else 0.0


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


def table(states: Mapping[str, str], curves: Iterable[Curves], classes: int, confidence: float = 0.95) -> pd.DataFrame:
    """The share of each fingerprint among the trials that ended at chance.

    Args:
        states: state by trial id.
        curves: of the trials; only those that are stuck, slow, collapsed or diverged are read.
        classes: of their task.
        confidence: of the intervals.

    Returns:
        `state`, `fingerprint`, `count`, `n` (trials of that state), `share`, `low`, `high` (Wilson; each state by
        itself).
    """
    kept = ("diverged", "collapsed", "slow", "stuck")
    found = [(states[each.id], read(each, classes)) for each in curves if states.get(each.id) in kept]
    counts = pd.Series(found, dtype=object).value_counts()
    rows = []
    for state in kept:
        n = sum(1 for own, _ in found if own == state)
        for name in FINGERPRINTS if n else ():
            count = int(counts.get((state, name), 0))
            low, high = wilson(np.array(count), np.array(n), confidence)
            rows.append((state, name, count, n, count / n, float(low), float(high)))
    return pd.DataFrame(rows, columns=["state", "fingerprint", "count", "n", "share", "low", "high"])
