"""Recognise from its signals why a trial ended at chance.

`CAUSES` lists the causes of a plateau; tables, pages, messages and the guide take their names and words from it
(`cause_list` adds those that lie in a user's own model and data). Each cause has a rule. The rules read the last
evaluations of a trial, in the order of the list, and the first rule that fits counts. `RULES` holds the thresholds of
the rules.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablate.outcomes.curves import PROBE_LOSS, Curves
from ablate.stats.rates import wilson

AT_CHANCE = ("diverged", "collapsed", "slow", "stuck")
"""The states of trials that ended at chance."""

LAST = 3
"""The rules read the mean of this many evaluations at the end of a trial."""

SPREAD = "unit_spread_"
"""Prefix of the signals that hold, per layer, the largest difference between two units."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The thresholds of the rules.

    Attributes:
        loss_gap: for `data_fault`: at the end, the validation loss exceeds the training loss by more than this share of
            ln(classes).
        no_gradient: for `clip_trap`: the gradient of the logits is exactly 0 on at least this share of the rows.
        dead: for `dead_units`: at least this share of a layer's units is 0 on all rows.
        near_chance: a loss that differs from ln(classes) by at most this share of ln(classes) is a uniform guess's.
        low_entropy: for `symmetric`: the entropy of the predictions is at most this share of ln(classes).
        small_step: for `small_steps`: the norm of an update is below this share of the norm of the weights. A.
            Karpathy's rule of thumb is "somewhere around 1e-3" (CS231n, "Neural Networks Part 3: Ratio of
            weights:updates").
    """

    loss_gap: float = 0.05
    no_gradient: float = 0.85
    dead: float = 0.99
    near_chance: float = 0.02
    low_entropy: float = 0.5
    small_step: float = 1e-3


RULES = Rules()


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A cause of a plateau.

    Attributes:
        name: its name in tables and files.
        label: two or three words, for a picture.
        meaning: one clause, for tables and messages.
        sign: how to recognise it by hand, for the guide.
        kind: its kind, one of `ablate.stats.cause_list.KINDS`.
    """

    name: str
    label: str
    meaning: str
    sign: str
    kind: str = "training"


CAUSES = (
    Cause(
        name="non_finite",
        label="NaN or infinite",
        meaning="a loss, gradient or weight is not finite",
        sign="a loss, gradient or weight is NaN or infinite",
    ),
    Cause(
        name="symmetric",
        label="units are copies",
        meaning="all units of a layer are copies of one",
        sign="all units of a layer are copies of one (`unit_spread` is 0)",
    ),
    Cause(
        name="data_fault",
        label="wrong data",
        meaning="the training loss falls, the validation loss does not",
        sign=f"the training loss is more than {RULES.near_chance:.0%} below ln N, and the validation loss is "
        f"above the training loss by at least {RULES.loss_gap:.0%} of ln N: most often a bug, see above",
    ),
    Cause(
        name="clip_trap",
        label="gradient exactly zero",
        meaning="the loss passes no gradient back",
        sign=f"the gradient of the logits is exactly 0 on {RULES.no_gradient:.0%} of the rows or more: the softmax is "
        "0 or 1 and the loss clips it (`zero_gradient_share`)",
    ),
    Cause(
        name="dead_units",
        label="dead units",
        meaning="a layer's units are 0 for every input",
        sign=f"{RULES.dead:.0%} or more of a layer's units are 0 on all rows (`dead_share`)",
    ),
    Cause(
        name="small_steps",
        label="small steps",
        meaning="no other cause fits; an update changes the weights by less than a thousandth",
        sign=f"no other cause fits, and an update changes the weights by less than {RULES.small_step:g} of their norm "
        "(`update_ratio`)",
    ),
    Cause(
        name="large_steps",
        label="large steps",
        meaning="no other cause fits; an update changes the weights by a thousandth or more",
        sign=f"no other cause fits, and an update changes the weights by {RULES.small_step:g} of their norm or more",
    ),
)
"""Every cause of a plateau, in the order of the rules."""

NAMES = tuple(cause.name for cause in CAUSES)

UNSPECIFIC: Mapping[str, str] = {
    "uniform_output": "the same output for every input, loss near ln N",
    "other": "none of these",
}
"""Values of the column `fingerprint` that name no cause, with their meanings; `refine` makes a cause of them."""

FINGERPRINTS = (*NAMES[:-2], *UNSPECIFIC)
"""Values of the column `fingerprint` of published tables, which leaves out the size of the updates."""

MEANINGS: Mapping[str, str] = {**{cause.name: cause.meaning for cause in CAUSES}, **UNSPECIFIC}


def cause_of(curves: Curves, classes: int) -> str:
    """Return the cause of a trial's plateau, one of NAMES.

    Args:
        curves: the trial's signals.
        classes: number of classes of its task.
    """
    ratio = _last(curves.signals, "update_ratio") if len(curves.signals.get("update_ratio", ())) else math.nan
    return refine(recognise(curves, classes), ratio)


def refine(fingerprint: str, update_ratio: float, rules: Rules = RULES) -> str:
    """Return the cause, one of NAMES, from a stored fingerprint and the size of the updates.

    Args:
        fingerprint: one of FINGERPRINTS.
        update_ratio: norm of an update over the norm of the weights, mean of the last evaluations.
        rules: the thresholds.

    Examples:
        >>> refine("other", 2e-5), refine("uniform_output", 0.01), refine("clip_trap", 0.0)
        ('small_steps', 'large_steps', 'clip_trap')
    """
    if fingerprint in NAMES:
        return fingerprint
    return "small_steps" if update_ratio < rules.small_step else "large_steps"


def recognise(curves: Curves, classes: int, rules: Rules = RULES) -> str:
    """Return a trial's fingerprint, one of FINGERPRINTS: its cause without regard to the size of the updates.

    Args:
        curves: the trial's signals. Without any evaluation the fingerprint is `other`, or `non_finite` if a step made a
            number that is not finite.
        classes: number of classes of its task.
        rules: the thresholds.
    """
    signals = curves.signals
    if curves.bad_step >= 0:
        return "non_finite"
    if PROBE_LOSS not in signals or not len(signals[PROBE_LOSS]):
        return "other"
    if not (np.isfinite(signals[PROBE_LOSS]).all() and np.asarray(signals["finite"]).all()):
        return "non_finite"
    ln = math.log(classes)
    if _last(signals, PROBE_LOSS) < 0:
        return "data_fault"
    if _symmetric(signals, rules.low_entropy * ln):
        return "symmetric"
    if _data_fault(signals, ln, rules):
        return "data_fault"
    if _last(signals, "zero_gradient_share") >= rules.no_gradient:
        return "clip_trap"
    if max((float(layer[-LAST:].min()) for layer in _layers(signals, "dead_share_")), default=0.0) >= rules.dead:
        return "dead_units"
    return "uniform_output" if abs(_last(signals, PROBE_LOSS) - ln) <= rules.near_chance * ln else "other"


def _last(signals: Mapping[str, np.ndarray], name: str) -> float:
    return float(np.mean(signals[name][-LAST:]))


def _layers(signals: Mapping[str, np.ndarray], prefix: str) -> list[np.ndarray]:
    return [np.asarray(values) for name, values in signals.items() if name.startswith(prefix)]


def _data_fault(signals: Mapping[str, np.ndarray], ln: float, rules: Rules) -> bool:
    """Return whether the training loss fell below that of a uniform guess while the validation loss did not follow.

    The rule compares where both losses end, not how far they fell: from a bad start, or under dropout, the training
    loss falls to ln(classes) while nothing is learned. On 29,596 trials at chance with sound data, a rule on the fall
    reports a data fault in 17 %, this rule in 0.5 %. On 1,280 trials with wrong labels, the rule on the fall finds 654
    data faults, this rule 753.
    """
    losses = np.asarray(signals["train_loss"])[-LAST:]
    training = float(np.mean(losses[np.isfinite(losses)])) if np.isfinite(losses).any() else math.inf
    return training < (1 - rules.near_chance) * ln and _last(signals, PROBE_LOSS) - training > rules.loss_gap * ln


def _symmetric(signals: Mapping[str, np.ndarray], low_entropy: float) -> bool:
    """Return whether all units of a layer are copies of one.

    Where `unit_spread_*` was recorded, it must be 0 at every evaluation. Some unit of the layer must also be active at
    some evaluation, because dead units are equal, too. Without `unit_spread_*` only some networks of ReLU units are
    recognised. Their units die all together or not at all, and the single number that they pass on cannot separate many
    classes.
    """
    spreads = {name: values for name, values in signals.items() if name.startswith(SPREAD)}
    if spreads:
        dead = {name: signals.get(f"dead_share_{name.removeprefix(SPREAD)}", np.zeros(1)) for name in spreads}
        return any(float(spread.max()) == 0.0 and float(dead[name].min()) < 1.0 for name, spread in spreads.items())
    layers = _layers(signals, "dead_share_")
    together = all(np.isin(layer, (0.0, 1.0)).all() for layer in layers)
    alive = layers and not any(layer[0] == 1.0 for layer in layers)
    varies = float(np.min(signals["top_share"])) < 0.99
    return bool(alive and together and varies and float(np.max(signals["prediction_entropy"])) <= low_entropy)


def table(endings: pd.DataFrame, confidence: float = 0.95) -> pd.DataFrame:
    """Return the share of each fingerprint among the trials that ended at chance.

    Args:
        endings: one row a trial, with `state` and `fingerprint`; trials in states other than AT_CHANCE do not count.
        confidence: confidence of the intervals.

    Returns:
        One row a state and fingerprint that occurs: `state`, `fingerprint`, `count`, `n` (trials of that state),
        `share`, `low`, `high` (Wilson's interval, per state).

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
    result = pd.DataFrame(cells, columns=["state", "fingerprint", "count"])
    n = result.groupby("state")["count"].transform("sum")
    low, high = wilson(result["count"].to_numpy(int), n.to_numpy(int), confidence)
    return result.assign(n=n, share=result["count"] / n, low=low, high=high)
