"""List every cause of a classifier that does not learn, or seems not to: the one list that all texts use.

The first ones are the plateau's own (`ablate.stats.causes.CAUSES`), which are read from the curves of a trial; columns
of published tables hold only those. The others lie in a user's model, data or way of measuring, and an audit finds
them.
"""

from __future__ import annotations

from collections.abc import Mapping

from ablate.stats.causes import CAUSES, Cause

KINDS: Mapping[str, str] = {
    "head": "head and loss",
    "labels": "labels",
    "data": "data",
    "measuring": "measuring",
    "untrained": "nothing is trained",
    "lost": "information lost",
    "training": "training",
    "none": "no fault",
}
"""Kinds of causes, with their names."""

_FAULTS = (
    ("one_softmax", "head", "softmax of one unit", "softmax over a single output is always 1", "every prediction is 1"),
    ("loss_mismatch", "head", "loss does not fit", "the loss does not reward right predictions of this output",
     "the loss of right predictions is not below that of wrong ones"),
    ("logits_as_probabilities", "head", "logits read wrongly", "the loss reads raw outputs as probabilities",
     "outputs are not in 0 to 1, and the loss has no `from_logits=True`"),
    ("double_softmax", "head", "softmax twice", "softmax is taken twice", "predictions stay near 1/N"),
    ("wrong_axis", "head", "wrong axis", "softmax runs over the rows of a batch or another wrong axis",
     "a row's predictions do not sum to 1, or they change with the other rows of its batch"),
    ("head_cuts", "head", "head cuts", "the last activation cuts off values that the loss needs",
     "the last activation is relu, tanh or the like"),
    ("label_range", "labels", "labels out of range", "labels are not the numbers 0 to N-1 that the loss takes",
     "the smallest and largest label"),
    ("label_form", "labels", "form of labels", "the loss takes another form of labels: one-hot rows or class numbers",
     "the shape of the labels"),
    ("labels_unrelated", "labels", "unrelated labels", "labels have nothing to do with the inputs",
     "ordinary classifiers stay at chance on rows that they have not seen"),
    ("input_scale", "data", "scale of inputs", "inputs are too large, too small or of very different sizes",
     "the standard deviations of the columns"),
    ("names_as_amounts", "data", "names as amounts", "numbers that name things are read as amounts",
     "inputs are whole numbers that an embedding should read"),
    ("no_information", "data", "constant inputs", "inputs are the same for every row", "every column is constant"),
    ("bad_inputs", "data", "NaN in inputs", "inputs hold NaN or infinity", "rows that are not finite"),
    ("sorted_rows", "data", "sorted rows", "rows are sorted by class, so that splits or batches hold few classes",
     "the order of the labels"),
    ("wrong_metric", "measuring", "wrong metric", "the reported figure does not measure what is learned",
     "accuracy computed from predictions differs from the reported one"),
    ("mode_gap", "measuring", "inference differs", "the network is another function in inference than in training",
     "accuracy in training mode exceeds that in inference mode on the same rows"),
    ("frozen", "untrained", "frozen layers", "layers that must learn are frozen", "weights that `fit` never changes"),
    ("no_gradient", "untrained", "no gradient", "an operation without a gradient cuts layers off from the loss",
     "the gradient of a layer does not exist or is exactly 0"),
    ("small_rate", "untrained", "rate near zero", "the learning rate is too small to change the weights",
     "an update over the norm of the weights, times the number of steps"),
    ("decayed_rate", "untrained", "rate decays", "the learning rate decays before anything is learned",
     "the rate at the first and at later steps"),
    ("precision", "untrained", "half precision", "numbers of half precision lose the updates or overflow",
     "the type that weights or losses are kept in"),
    ("information_lost", "lost", "information lost", "a layer passes on too little of its input",
     "what ordinary classifiers can read from each layer"),
    ("weight_decay", "training", "weight decay", "weight decay shrinks weights faster than they can learn",
     "the norm of the weights falls towards 0"),
    ("regularizer", "training", "penalty too large", "the penalty of regularizers outweighs the loss",
     "the penalty over the loss"),
    ("heavy_dropout", "training", "too much dropout", "dropout removes nearly all of a layer",
     "the rate of dropout layers"),
    ("vanishing_gradient", "training", "vanishing gradient", "the gradient shrinks from layer to layer",
     "the gradient of the first layer over that of the last"),
    ("large_start", "training", "large start", "initial weights are so large that the network starts sure and wrong",
     "the loss of the untrained network over ln N"),
    ("clipped_away", "training", "clipping too tight", "gradients are clipped to almost nothing",
     "the bound of the clipping"),
    ("few_steps", "none", "few steps", "the network learns, but `fit` ends before it has", "the loss still falls"),
)  # fmt: skip

FAULTS = tuple(
    Cause(name=name, kind=kind, label=label, meaning=meaning, sign=sign) for name, kind, label, meaning, sign in _FAULTS
)
"""Causes that an audit of model and data finds."""

ALL: Mapping[str, Cause] = {cause.name: cause for cause in (*CAUSES, *FAULTS)}
"""Every cause by name."""
