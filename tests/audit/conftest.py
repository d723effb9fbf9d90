"""A healthy inspection, which tests change in one place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ablate.engine.inspection.records import (
    Head,
    Inputs,
    Inspection,
    Labels,
    Layer,
    Probe,
    Reference,
    Rehearsal,
    Steps,
)


def healthy() -> Inspection:
    """Two balanced classes, a sigmoid head, Adam: everything is as it should be."""
    return Inspection(
        labels=Labels(
            rows=400, shape=(), dtype="int64", classes=2, lowest=0, highest=1, whole=True, one_hot=False,
            rows_of_several=0.0, bad_rows=0, majority=0.5, minority=0.5, sorted_share=0.0, unseen=0.0, absent=0.0,
            validation_rows=100, counter=False,
        ),
        inputs=Inputs(
            shape=(8,), dtype="float32", bad_rows=0, lowest=-3, highest=3, largest=3, mean=0, deviation=1,
            narrowest=0.9, widest=1.1, offset=0.1, constant=0.0, whole=False, distinct=3200, names=False,
            embedded=False, copies=0.0, outside=0.1,
        ),
        head=Head(
            activation="sigmoid", before=("Dense:sigmoid",), loss="binary_crossentropy", from_logits=False,
            takes="binary", shape=(1,), units=1, lowest=0.3, highest=0.7, sums=0.5, column_sums=128.0, constant=False,
            fused=True, start=0.7, finite=True, zero_rows=0.0, agreement=1.0, right=0.02, wrong=3.9, even=0.69,
        ),
        steps=Steps(
            optimizer="Adam", settings={}, schedule="", rates=(1e-3,) * 4, steps=250, per_epoch=13, batch=32,
            precision="float32", penalty=0.0, eager=False, custom_step=False, shuffled=True, class_weights=1.0,
            row_weights=0.0,
        ),
        layers=(layer("first"), layer("second"), layer("output", width=1, rank=1)),
        reference=Reference(accuracy=0.95, majority=0.5, rows=150, p_value=1e-20, by_name={"trees": 0.95}),
        rehearsal=Rehearsal(
            steps=250, complete=True, losses=tuple(0.7 - 0.02 * part for part in range(25)), bad_step=-1, train=0.97,
            train_mode=0.97, validation=0.94, reported=0.96, reported_validation=0.94, metric="accuracy", chance=0.5,
            validation_chance=0.5, top_share=0.5, loss=0.15, penalty=0.0, update=1e-3, first_update=5e-3, drift=1.1,
            zero_rows=0.0, layers=(), slope=3.0, best_cut=0.97,
        ),
        probes={
            "compiled": probe(1.0),
            "adam": probe(1.0),
            "scaled": probe(1.0),
            "shuffled": probe(0.9),
            "zeroed": probe(0.5),
        },
        seconds=4.0,
    )  # fmt: skip


def layer(name: str, **changes: Any) -> Layer:
    usual: dict[str, Any] = {
        "name": name, "kind": "Dense", "settings": {"activation": "relu"}, "weights": 100, "trained": True,
        "norm": 3.0, "gradient": 0.1, "largest": 2.0, "spread": 0.5, "rank": 6, "width": 16, "dead": 0.1,
        "readable": 0.93,
    }  # fmt: skip
    return Layer(**{**usual, **changes})


def probe(accuracy: float) -> Probe:
    return Probe(accuracy=accuracy, train_mode=accuracy, chance=0.5, start=0.7, end=0.1, rows=32, steps=200)


def stuck(inspection: Inspection, **rehearsal: Any) -> Inspection:
    """The inspection of a network that stayed at chance."""
    assert inspection.rehearsal is not None
    usual = {"train": 0.5, "train_mode": 0.5, "validation": 0.5, "slope": 0.0}
    return replace(inspection, rehearsal=replace(inspection.rehearsal, **{**usual, **rehearsal}))


@pytest.fixture
def inspection() -> Inspection:
    return healthy()
