"""Offer changes of the rows: their order, the scale of the inputs, what is missing."""

from __future__ import annotations

from collections.abc import Iterator

from ablate.try_remedies.changes.situation import Situation
from ablate.try_remedies.patch import Change

WIDE = 5.0
"""Inputs beyond this, or whose columns differ by more than its square in size, are called unscaled."""


def row_changes(at: Situation) -> Iterator[Change]:
    """Offer another order of the rows, and fewer of `fit`'s arguments that concern them."""
    if at.rows.sorted or not at.shuffles or at.splits:
        matters = at.rows.sorted and (at.splits or not at.shuffles)
        pick = {"dict": "{name: part[order] for name, part in x.items()}", "list": "[part[order] for part in x]"}
        shuffled = pick.get(at.call.inputs, "x[order]")
        yield Change(
            name="rows=shuffled",
            part="rows",
            words="shuffle the rows before `fit`",
            causes=("sorted_rows",),
            weight=0.95 if matters else 0.1,
            rows=("order = np.random.default_rng(0).permutation(len(y))", f"x, y = {shuffled}, y[order]"),
            fit={} if at.shuffles else {"shuffle": "True"},
        )
    for name, words in (("class_weight", "class weights"), ("sample_weight", "sample weights")):
        if name in at.call.arguments or (name == "sample_weight" and at.call.weighted):
            yield Change(
                name=f"{name}=none",
                part=name,
                words=f"leave out the {words}",
                causes=("loss_mismatch",),
                weight=0.4,
                fit={name: ""},
            )


def input_changes(at: Situation) -> Iterator[Change]:
    """Offer another scale of the inputs, numbers for missing ones, and an embedding for names."""
    if not at.rows.numbers:
        if not at.rows.several and not at.rows.tensor:
            yield Change(
                name="inputs=tensor",
                part="inputs",
                words="give the texts as a tensor: `fit` takes no NumPy array of texts",
                causes=("bad_inputs",),
                weight=0.9,
                rows=("import tensorflow as tf", "{x} = tf.constant({x})"),
            )
        return
    if at.rows.bad and not at.rows.several:
        yield Change(
            name="inputs=finite",
            part="missing",
            words="put the mean of the column where an input is NaN or infinite",
            causes=("bad_inputs",),
            weight=0.95,
            rows=(
                "means = np.nan_to_num(np.nanmean(np.where(np.isfinite(x), x, np.nan), axis=0))",
                "{x} = np.where(np.isfinite({x}), {x}, means)",
            ),
        )
    embedded = any(layer.kind == "Embedding" for layer in at.facts.layers)
    if at.rows.tokens or embedded or at.rows.several:
        yield from _embedding(at, embedded)
        if embedded or at.rows.several:
            return
    far = max(abs(at.rows.lowest), abs(at.rows.highest))
    odd = far > WIDE or at.rows.spread > WIDE**2 or at.rows.deviation < 0.05
    weight = (
        0.1
        if at.rows.tokens
        else (0.7 if far > 10 * WIDE or at.rows.spread > 100 or at.rows.deviation < 0.01 else 0.55)
        if odd
        else 0.15
    )
    if len(at.rows.shape) >= 2:
        yield Change(
            name="inputs=0..1",
            part="inputs",
            words="scale the inputs to 0 to 1",
            causes=("input_scale",),
            weight=weight,
            rows=("low, high = x.min(), x.max()", "{x} = ({x} - low) / (high - low)"),
        )
    axes = f"tuple(range({len(at.rows.shape)}))" if len(at.rows.shape) >= 2 else "0"
    yield Change(
        name="inputs=standardized",
        part="inputs",
        words="standardize the inputs: subtract the mean, divide by the standard deviation",
        causes=("input_scale",),
        weight=weight - 0.02 if len(at.rows.shape) >= 2 else weight,
        rows=(
            f"mean, deviation = x.mean(axis={axes}), x.std(axis={axes}) + 1e-7",
            "{x} = ({x} - mean) / deviation",
        ),
    )


def _embedding(at: Situation, embedded: bool) -> Iterator[Change]:
    """Offer an embedding before the first dense layer that reads names of words as amounts."""
    first = next((layer for layer in at.facts.layers if layer.kind != "InputLayer"), None)
    if (
        embedded
        or at.rows.several
        or first is None
        or first.kind not in ("Dense", "LSTM", "GRU", "SimpleRNN", "Conv1D", "Flatten")
    ):
        return
    words = int(at.rows.highest) + 1
    pooled = ("keras.layers.GlobalAveragePooling1D()",) if first.kind in ("Dense", "Flatten") else ()
    yield Change(
        name="inputs=embedding",
        part="embedding",
        words=f"read the numbers as names: an embedding of {words} words before the first layer",
        causes=("names_as_amounts",),
        weight=0.9,
        before={first.index: (f"keras.layers.Embedding({words}, 16)", *pooled)},
    )
