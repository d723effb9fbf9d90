"""Hold what an inspection measured; the rules of `ablate.audit` read nothing else.

A number that could not be measured is None, and a record that could not be measured is None. On back ends without
gradients, a caller fills what outputs, weights and losses show, and leaves the rest None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Labels:
    """The labels as `fit` gets them.

    Attributes:
        rows: training rows.
        shape: shape of one label: () for class numbers, (classes,) for one-hot rows.
        dtype: type of the numbers.
        classes: distinct classes among the training rows.
        lowest, highest: range of the numbers.
        whole: whether all are whole numbers.
        one_hot: whether each label is a row of zeros with a single one.
        rows_of_several: share of label rows that name several classes at once; 0 for class numbers.
        bad_rows: rows whose label is NaN or infinite.
        majority: share of the most frequent class.
        minority: share of the rarest class.
        sorted_share: 1 if rows are sorted by class, 0 if their order is random: how often neighbours have equal labels,
            beyond chance.
        unseen: share of validation rows whose class no training row has.
        absent: share of the training rows' classes that no validation row has; 0 without validation rows.
        validation_rows: rows that `fit` validates on.
        counter: whether nearly every row has a label of its own, as in an index.
        unpaired: share of rows that have another label when the data set is read a second time.
    """

    rows: int
    shape: tuple[int, ...]
    dtype: str
    classes: int
    lowest: float
    highest: float
    whole: bool
    one_hot: bool
    rows_of_several: float
    bad_rows: int
    majority: float
    minority: float
    sorted_share: float
    unseen: float
    absent: float
    validation_rows: int
    counter: bool
    unpaired: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """The inputs as `fit` gets them; several inputs are joined, and inputs of text are skipped.

    Attributes:
        shape: shape of one row of the first input.
        dtype: its type.
        bad_rows: rows with NaN or infinity.
        lowest, highest: range of all numbers.
        largest: largest absolute value.
        mean, deviation: of all numbers.
        narrowest, widest: smallest and largest standard deviation of a column that varies.
        offset: largest absolute mean of a column in units of its standard deviation.
        constant: share of the columns that never vary.
        whole: whether all are whole numbers.
        distinct: number of distinct values.
        names: whether the numbers look like names of words: whole, many, and alike from column to column.
        embedded: whether an `Embedding` reads them.
        copies: share of rows that are equal to an earlier row.
        outside: how far validation rows are from training rows: difference of means in training deviations.
    """

    shape: tuple[int, ...]
    dtype: str
    bad_rows: int
    lowest: float
    highest: float
    largest: float
    mean: float
    deviation: float
    narrowest: float
    widest: float
    offset: float
    constant: float
    whole: bool
    distinct: int
    names: bool
    embedded: bool
    copies: float
    outside: float


@dataclass(frozen=True, kw_only=True)
class Reference:
    """What ordinary classifiers learn from the same rows, judged on rows that they did not see.

    Attributes:
        accuracy: of the best one.
        majority: share of the most frequent class among the rows that it is judged on.
        rows: number of these rows.
        p_value: probability that guessing the most frequent class is right that often.
        by_name: accuracy by classifier.
        tokens: accuracy of a classifier that reads whole numbers as names; None where they do not look like names.
        train_p_value, validation_p_value: as `p_value`, of the judged rows that `fit` trains on, and of the others;
            None without validation rows.
    """

    accuracy: float
    majority: float
    rows: int
    p_value: float
    by_name: Mapping[str, float]
    tokens: float | None = None
    train_p_value: float | None = None
    validation_p_value: float | None = None


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


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """All that was measured of a model and its data.

    Attributes:
        labels, inputs: the data.
        head: output and loss.
        steps: the optimizer.
        layers: the layers before training.
        reference: ordinary classifiers on the data.
        rehearsal: a short `fit`.
        probes: experiments by name: `compiled` (few rows with the compiled optimizer), `adam` (with Adam),
            `scaled` (and with standardized inputs), `shuffled` (and with shuffled labels), `zeroed` (and with inputs of
            zeros), `free` (and without penalties, where there are some), `quiet` (and without dropout and noise).
        seconds: what the inspection took.
        unchecked: what could not be measured, with the reason.
    """

    labels: Labels
    inputs: Inputs | None
    head: Head
    steps: Steps
    layers: tuple[Layer, ...]
    reference: Reference | None
    rehearsal: Rehearsal | None
    probes: Mapping[str, Probe]
    seconds: float
    unchecked: tuple[str, ...] = ()
