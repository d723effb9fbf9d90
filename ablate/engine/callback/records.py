"""Hold what a callback saw of one `fit`; importing this loads no Keras."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Look:
    """What was seen at one moment. A number that could not be had is None.

    Attributes:
        step: training steps before it.
        epoch: epochs before it.
        train, validation: accuracy from predictions in inference mode.
        loss, validation_loss: mean loss on the same rows in inference mode.
        top_share: share of these training rows that get the most frequent answer.
        zero_rows: share of training rows whose loss has a gradient of exactly zero at the output.
        finite: whether all predictions are finite.
        update: norm of one update over the norm of the weights.
        norm: norm of the trained weights.
        still: whether every trained weight is bit for bit as before the first step.
        rate: the learning rate.
        seconds: what the look took.
    """

    step: int
    epoch: int
    train: float | None = None
    validation: float | None = None
    loss: float | None = None
    validation_loss: float | None = None
    top_share: float | None = None
    zero_rows: float | None = None
    finite: bool = True
    update: float | None = None
    norm: float | None = None
    still: bool = False
    rate: float | None = None
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """What `fit` reported at the end of an epoch.

    Attributes:
        step: training steps before its end.
        epoch: its number, from 0.
        logs: the figures by name.
    """

    step: int
    epoch: int
    logs: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Course:
    """What was seen of one `fit` so far.

    Attributes:
        step: training steps taken.
        total: steps of the whole `fit`; None if it does not say how many.
        per_epoch: steps of an epoch; None if unknown.
        ended: whether `fit` has come to its end.
        looks: the looks, in order.
        epochs: the epochs that ended.
        losses: training steps, and the mean training loss since the entry before.
        bad: the last step whose loss was seen to be finite, and the first whose loss was not; None while all are.
        train_rows, validation_rows: rows that accuracies are counted on.
        chance, validation_chance: share of the most frequent class among them.
        classes: classes among the labels.
        backend: the back end of Keras.
        hidden: what could not be looked at, each with the reason.
    """

    step: int = 0
    total: int | None = None
    per_epoch: int | None = None
    ended: bool = False
    looks: tuple[Look, ...] = ()
    epochs: tuple[Epoch, ...] = ()
    losses: tuple[tuple[int, float], ...] = ()
    bad: tuple[int, int] | None = None
    train_rows: int = 0
    validation_rows: int = 0
    chance: float = 0.0
    validation_chance: float = 0.0
    classes: int = 0
    backend: str = "tensorflow"
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What looking took.

    Attributes:
        before: seconds before the first step.
        looking: seconds of looks while training.
        finding: seconds of finding causes, once something was wrong.
        steps: seconds on steps that were not looked at.
        training: seconds of `fit` without all of these.
    """

    before: float = 0.0
    looking: float = 0.0
    finding: float = 0.0
    steps: float = 0.0
    training: float = 0.0

    @property
    def share(self) -> float:
        """Return what looks and steps took, as a share of the training.

        Examples:
            >>> Cost(looking=2.0, steps=1.0, training=100.0).share
            0.03
        """
        return (self.looking + self.steps) / self.training if self.training > 0 else 0.0
