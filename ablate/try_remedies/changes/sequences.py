"""Offer changes of layers that read a row step by step."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ablate.engine.as_is.records import Layer
from ablate.try_remedies.changes.situation import Situation
from ablate.try_remedies.patch import Change

STEP_BY_STEP = ("LSTM", "GRU", "SimpleRNN", "Bidirectional")


def sequence_changes(at: Situation) -> Iterator[Change]:
    """Offer to skip padding, and to read all steps of a recurrent layer instead of the last one."""
    pairs = [
        (one, other)
        for one, other in pairwise(at.facts.layers)
        if one.kind == "Embedding" and other.kind in STEP_BY_STEP and "mask_zero" not in one.arguments
    ]
    if pairs and at.rows.lowest == 0:
        yield Change(
            name="padding=masked",
            part="padding",
            words="skip the zeros behind the words: mask them",
            causes=("vanishing_gradient",),
            weight=0.3,
            arguments={embedding.index: {"mask_zero": "True"} for embedding, _ in pairs},
        )
    for layer in filter(_ends_a_sequence, at.facts.layers):
        yield Change(
            name="steps=pooled",
            part=f"layer {layer.index}",
            words=f"read all steps of the {layer.kind}: their mean instead of the last one",
            causes=("vanishing_gradient", "information_lost"),
            weight=0.25,
            arguments={layer.index: {"return_sequences": "True"}},
            behind={layer.index: ("keras.layers.GlobalAveragePooling1D()",)},
        )


def _ends_a_sequence(layer: Layer) -> bool:
    """Return whether a layer of Keras reads steps and passes on the last one only."""
    return layer.kind in STEP_BY_STEP[:3] and bool(layer.path) and "return_sequences" not in layer.arguments
