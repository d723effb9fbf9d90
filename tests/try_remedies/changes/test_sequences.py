"""What is offered to layers that read a row step by step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ablate.try_remedies.changes import sequences
from tests.try_remedies.changes.situations import situation
from tests.try_remedies.test_patch import dense

WORDS = np.random.default_rng(0).integers(0, 60, (120, 20))
EMBEDDING = replace(dense(0), kind="Embedding", arguments={"input_dim": "60", "output_dim": "8"})
LSTM = replace(dense(1), kind="LSTM", path="keras.layers.LSTM", arguments={"units": "12"})
HEAD = dense(2, units="3")


@pytest.mark.parametrize(
    ("embedding", "recurrent", "offered"),
    [
        ({}, {}, ["padding=masked", "steps=pooled"]),
        ({"mask_zero": "True"}, {}, ["steps=pooled"]),
        ({}, {"return_sequences": "True"}, ["padding=masked"]),
    ],
)
def test_padding_is_masked_and_all_steps_are_read(
    embedding: dict[str, str], recurrent: dict[str, str], offered: list[str]
) -> None:
    first = replace(EMBEDDING, arguments={**EMBEDDING.arguments, **embedding})
    second = replace(LSTM, arguments={**LSTM.arguments, **recurrent})
    changes = list(sequences.sequence_changes(situation(first, second, HEAD, x=WORDS)))
    assert [change.name for change in changes] == offered
    assert all(change.causes[0] == "vanishing_gradient" for change in changes)


def test_rows_without_padding_have_none_to_mask() -> None:
    changes = sequences.sequence_changes(situation(EMBEDDING, LSTM, HEAD, x=WORDS + 1))
    assert [change.name for change in changes] == ["steps=pooled"]


def test_layers_that_read_no_steps_get_no_offer() -> None:
    assert not list(sequences.sequence_changes(situation(dense(0), HEAD)))
