"""Hold what was measured of a network at one moment: its output with the loss, and its layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Head:
    """The output and the loss together, on the untrained network's own predictions.

    Attributes:
        units: columns of the output.
        shape: shape of one row of the output.
        activation: name of the last activation; None if it cannot be read.
        before: names of the layers after the last layer with a kernel, that one included.
        loss: name of the compiled loss.
        from_logits: its `from_logits`; None if it has none.
        lowest, highest: range of the predictions.
        sums: mean sum of a row of predictions.
        column_sums: mean sum of a column of predictions over the rows of a batch.
        constant: whether every row has the same prediction.
        fused: whether the loss took the logits that Keras keeps beside the predictions.
        start: mean loss.
        finite: whether the loss of every row is finite.
        zero_rows: share of rows whose loss has a gradient of exactly zero at the output.
        agreement: share of rows in which the gradient asks for more of the true class and less of the others.
        right, wrong, even: mean loss of right, wrong and undecided predictions, within the head's range.
        takes: what the loss takes: `sparse`, `one_hot`, `binary` or `unknown`.
        flat: share of the predicted numbers that equal the smallest or largest one exactly.
        wants_shares: whether the loss is finite, and lower for right predictions, only if it gets probabilities.
        pairs: whether a loss that `train_step` calls itself compares each label with each prediction of the batch.
        untracked: weights that the model's call reads and that none of its layers holds, so that `fit` does not train
            them.
        error: the error that computing the loss raises; empty without one.
    """

    activation: str | None
    before: tuple[str, ...]
    loss: str
    from_logits: bool | None
    takes: str
    shape: tuple[int, ...]
    units: int = 0
    lowest: float = 0.0
    highest: float = 0.0
    sums: float = 0.0
    column_sums: float = 0.0
    constant: bool = False
    fused: bool = False
    start: float = 0.0
    finite: bool = False
    zero_rows: float | None = None
    agreement: float | None = None
    right: float | None = None
    wrong: float | None = None
    even: float | None = None
    flat: float = 0.0
    wants_shares: bool = False
    pairs: bool = False
    untracked: int = 0
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A layer at one moment.

    Attributes:
        name, kind: name and class of the layer.
        settings: settings that rules read, such as `rate` of dropout or `momentum` of batch normalization.
        weights: number of its weights; 0 for a layer without.
        trained: whether `fit` changes any of them.
        norm: norm of its weights.
        gradient: norm of the loss's gradient with respect to its trained weights; None if there is none.
        connected: whether the loss depends on its trained weights at all (a gradient exists).
        finite: whether output and weights are finite.
        largest: largest absolute output.
        spread: how much outputs differ between rows: standard deviation over rows, relative to the size of outputs.
        rank: number of directions that hold 99 % of the variance of the output over rows.
        width: numbers in the output of one row.
        dead: share of units that are 0 for every row.
        saturated: share of outputs at the flat ends of a sigmoid or tanh; None for other activations.
        shared: axis along which the output sums to 1 although it is not the last one, as of a softmax; 0 without one.
        copies: whether all units of the layer have equal weights.
        zero: whether all weights are zero.
        readable: accuracy of an ordinary classifier that reads the layer's output; None if not measured.
    """

    name: str
    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    weights: int = 0
    trained: bool = False
    norm: float = 0.0
    gradient: float | None = None
    connected: bool = True
    finite: bool = True
    largest: float | None = None
    spread: float | None = None
    rank: int | None = None
    width: int | None = None
    dead: float | None = None
    saturated: float | None = None
    shared: int = 0
    copies: bool = False
    zero: bool = False
    readable: float | None = None
