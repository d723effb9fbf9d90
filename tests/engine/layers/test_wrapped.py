"""A layer around another trains side by side if the inner one does, by its form."""

from __future__ import annotations

from typing import Any

import pytest

from ablate.engine.layers import wrapped
from ablate.engine.runtime import keras

L = keras.layers


@pytest.mark.parametrize(
    ("kind", "config", "why"),
    [
        ("Dense", {}, ""),
        ("LSTM", {}, "the LSTM inside it has no form for many slots"),
        ("Conv1D", {"data_format": "channels_last"}, ""),
        ("Conv1D", {"data_format": "channels_first"}, "`channels_first`"),
    ],
)
def test_the_inner_layer_decides(kind: str, config: Any, why: str) -> None:
    said = wrapped._refusal("TimeDistributed", {"layer": {"class_name": kind, "config": config}})
    assert said.startswith(why)
    assert bool(said) is bool(why)


def test_only_an_inner_layer_with_a_form_is_changed() -> None:
    formed, plain = (L.TimeDistributed(inner) for inner in (L.Conv1D(2, 2), L.Dense(2)))
    before = [dict(vars(one.layer)) for one in (formed, plain)]
    for one in (formed, plain):
        wrapped.install(one)
    changed = [
        {name for name, value in vars(one.layer).items() if old.get(name) is not value}
        for one, old in zip((formed, plain), before, strict=True)
    ]
    assert changed[0]
    assert not changed[1]
    assert wrapped.KINDS["TimeDistributed"].install is wrapped.install
