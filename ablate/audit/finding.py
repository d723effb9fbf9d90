"""Hold a finding: what is wrong, how it shows, what `fit` will do, and what repairs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A number that a finding rests on.

    Attributes:
        name: what was measured.
        value: the number.
        threshold: the number that it is compared with.
        healthy: the range of healthy networks, in words.
    """

    name: str
    value: float
    threshold: float
    healthy: str


@dataclass(frozen=True, kw_only=True)
class Repair:
    """A change that may repair a fault, as data and as lines of Keras.

    Attributes:
        part: what is changed: `head`, `loss`, `labels`, `rows`, `inputs`, `metric`, `trainable`, `schedule`,
            `learning_rate`, `optimizer`, `weight_decay`, `regularizer`, `precision`, `momentum`, `dropout`,
            `embedding`, `initializer`, `activation`, `normalization`, `clipping`, `layers`, `epochs`, `batch_size`,
            `constraint`, `callbacks`.
        change: the new settings, by name.
        words: the change in words.
        keras: lines of Keras.
    """

    part: str
    change: Mapping[str, Any]
    words: str
    keras: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that is wrong, or that one should know.

    Attributes:
        code: short name of the rule.
        cause: one of `ablate.stats.causes.ALL`.
        severity: `error` (training cannot work, or its figures are wrong), `warning` (it will likely fail) or `note`.
        weight: how sure the rule is that this explains a network at chance, 0 to 1.
        what: what was found, with figures.
        evidence: the numbers behind it.
        fit: what `fit` will do if nothing is changed.
        repairs: what repairs it, the likeliest first.
        unchecked: what the rule could not check; empty if nothing.
    """

    code: str
    cause: str
    severity: Severity
    weight: float
    what: str
    evidence: tuple[Evidence, ...]
    fit: str
    repairs: tuple[Repair, ...] = ()
    unchecked: str = ""
