"""Hold what is read of a model, what a trial is to do, and how it went; importing this loads no TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

IDENTITIES = ("InputLayer", "Dropout", "Identity", "Flatten", "Reshape")
"""Layers that a head may end in without changing what its numbers mean."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A layer of a model that Keras can take apart.

    Attributes:
        index: its place in `model.layers`.
        kind: name of its class.
        path: dotted path of its class in Keras; empty if it is the user's own.
        arguments: its arguments that are not defaults, as source text.
        activation: name of its activation; empty if it has none.
        trainable: whether it is trained.
        weights: numbers in its weights.
        zero: whether all its weights are zero.
        shape: shape of one row of its output.
        regularized: whether it has a regularizer.
    """

    index: int
    kind: str
    path: str
    arguments: Mapping[str, str]
    activation: str
    trainable: bool
    weights: int
    zero: bool
    shape: tuple[int | None, ...]
    regularized: bool


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a model says about itself.

    Attributes:
        error: the error that building it raises; empty if it can be built.
        misuse: why the builder's result is no compiled model; empty if it is one.
        graph: whether Keras can take it apart.
        layers: its layers; empty unless it is a graph.
        outputs: shape of one row of its output; empty if it has several outputs.
        several: whether it has several outputs.
        low, high: the range of its first predictions.
        optimizer: name of the optimizer's class.
        optimizer_text: the optimizer as source text; empty if it is the user's own.
        optimizer_arguments: arguments of the optimizer that are not defaults, as source text.
        rate: the learning rate at the first step.
        schedule: name of the schedule's class; empty without one.
        loss: name of the loss.
        loss_text: the loss as source text; empty if it is the user's own.
        from_logits: the loss's `from_logits`.
        metrics_text: the metrics as source text; empty if one is the user's own.
        compiled: further arguments of `compile`, as source text.
        policy: the dtype policy.
        own_step: whether the model has a `train_step` of its own.
        weights: numbers in its trainable weights.
        version: name of the back end that it is trained on.
    """

    error: str = ""
    misuse: str = ""
    graph: bool = False
    layers: tuple[Layer, ...] = ()
    outputs: tuple[int | None, ...] = ()
    several: bool = False
    low: float = 0.0
    high: float = 0.0
    optimizer: str = ""
    optimizer_text: str = ""
    optimizer_arguments: Mapping[str, str] = field(default_factory=dict)
    rate: float = 0.0
    schedule: str = ""
    loss: str = ""
    loss_text: str = ""
    from_logits: bool = False
    metrics_text: str = ""
    compiled: Mapping[str, str] = field(default_factory=dict)
    policy: str = "float32"
    own_step: bool = False
    weights: int = 0
    backend: str = "tensorflow"

    @property
    def head(self) -> Layer | None:
        """Return the layer that decides what an output means; None if the model is no graph."""
        body = [layer for layer in self.layers if layer.kind not in IDENTITIES]
        return body[-1] if body else None


@dataclass(frozen=True, kw_only=True)
class Job:
    """A trial to train.

    Attributes:
        prepare: the lines of the patch before `fit`.
        call: the line that calls `fit`.
        after: lines that change the validation rows as the patch changes the others, where the patch itself need not.
        seed: seeds Keras, NumPy and Python before anything is built.
        seconds: training ends after so many seconds, and the trial is judged by what it reached.
    """

    prepare: str
    call: str
    after: str = ""
    seed: int = 0
    seconds: float = 3600.0


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a trial went.

    Attributes:
        steps, correct, losses: training steps, right validation rows and validation loss at each evaluation.
        rows: validation rows.
        training_correct, training_rows: right training rows at the end, among those that were looked at.
        training_mode: share of these rows that are right in training mode at the end (batch norm, dropout).
        reported: what `fit` reported after the last epoch.
        bad_step: the step whose loss was not finite; -1 without one.
        top_share: share of the validation rows that get the most frequent answer at the end.
        error: the error that training raised; empty if it raised none.
        cut: whether time ended training before `fit` did.
        seconds: how long it took.
        signals: numbers by name (`probing`).
    """

    steps: tuple[int, ...] = ()
    correct: tuple[int, ...] = ()
    losses: tuple[float, ...] = ()
    rows: int = 0
    training_correct: int = 0
    training_rows: int = 0
    training_mode: float = float("nan")
    reported: Mapping[str, float] = field(default_factory=dict)
    bad_step: int = -1
    top_share: float = float("nan")
    error: str = ""
    cut: bool = False
    seconds: float = 0.0
    signals: Mapping[str, float] = field(default_factory=dict)

    @property
    def accuracy(self) -> float:
        """Return the share of validation rows that are right at the end; 0 if training raised an error."""
        return self.correct[-1] / self.rows if self.correct and self.rows else 0.0
