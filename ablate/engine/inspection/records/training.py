"""Hold what was measured of the training: the optimizer, a short `fit`, and trainings on few rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ablate.engine.inspection.records.network import Layer


@dataclass(frozen=True, kw_only=True)
class Steps:
    """The optimizer and what `fit` will do with it.

    Attributes:
        optimizer: its class.
        settings: settings that rules read, such as `momentum` or `weight_decay`.
        schedule: class of the learning rate's schedule; empty without one.
        rates: learning rate at the first step, after a tenth, at the middle and at the last step of `fit`.
        steps: steps of `fit`.
        per_epoch: steps of an epoch.
        batch: rows of a batch.
        precision: type that the layers compute with.
        penalty: regularization losses of the untrained network.
        eager, custom_step: whether `run_eagerly` is set; whether the model has a `train_step` of its own.
        shuffled: whether `fit` shuffles rows.
        class_weights: ratio of the largest to the smallest class weight; 1 without.
        row_weights: share of training rows that count nothing, by their sample weight or the weight of their class.
        heaviest: largest share of all weight that the rows of one class have.
    """

    optimizer: str
    settings: Mapping[str, Any]
    schedule: str
    rates: tuple[float, ...]
    steps: int
    per_epoch: int
    batch: int
    precision: str
    penalty: float
    eager: bool
    custom_step: bool
    shuffled: bool
    class_weights: float
    row_weights: float
    heaviest: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What a short `fit` from the given weights did; the weights were put back afterwards.

    Attributes:
        steps: steps that were taken.
        complete: whether that was all of `fit`; a callback may end it early.
        losses: mean training loss, in up to 25 parts of the rehearsal, in order.
        rates: learning rate at the end of each of these parts; empty if not measured.
        bad_step: first step with a loss that is not finite; -1 without one.
        train: own accuracy on training rows, in inference mode.
        train_mode: own accuracy on the same rows in training mode; None if not measured.
        validation: own accuracy on validation rows; None without them.
        reported, reported_validation: the accuracy that `fit` reports at the end; None if it reports none.
        metric: the metric's name.
        chance: accuracy of naming the most frequent class.
        validation_chance: the same on the validation rows.
        top_share: share of training rows that get the most frequent prediction.
        loss: mean loss on training rows in inference mode at the end.
        penalty: regularization losses at the end.
        update: norm of the last updates over the norm of the weights.
        first_update: the same for the first updates.
        drift: norm of the weights at the end over that at the start.
        zero_rows: share of rows without a gradient at the output at the end.
        layers: the layers at the end.
        error: the error that `fit` raises; empty without one.
        slope: fall of the loss over the last third, relative to its noise: above 2 it still falls.
        best_cut: with one output, the best accuracy that one cut through it gives, in either direction; else None.
        apart: with one output, how far its means over the two classes lie apart, as a share of the labels' range.
    """

    steps: int
    complete: bool
    losses: tuple[float, ...]
    bad_step: int
    train: float | None
    train_mode: float | None
    validation: float | None
    reported: float | None
    reported_validation: float | None
    metric: str
    chance: float
    validation_chance: float
    top_share: float | None
    loss: float | None
    penalty: float
    update: float | None
    first_update: float | None
    drift: float | None
    zero_rows: float | None
    layers: tuple[Layer, ...]
    error: str = ""
    slope: float = 0.0
    rates: tuple[float, ...] = ()
    best_cut: float | None = None
    apart: float | None = None


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A short training on few rows, as an experiment: what the network can learn under changed conditions.

    Attributes:
        accuracy: on these rows at the end, in inference mode.
        train_mode: the same in training mode.
        chance: share of the most frequent class among these rows.
        start, end: loss before and after.
        rows, steps: size of the experiment.
    """

    accuracy: float
    train_mode: float
    chance: float
    start: float
    end: float
    rows: int
    steps: int
