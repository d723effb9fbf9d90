"""Convolutions by windows, against TensorFlow's own; the contract compares a whole network of them."""

from __future__ import annotations

import numpy as np
import pytest

from ablate.core.study import Trial
from ablate.engine import graph, template
from ablate.engine.layers import windows
from ablate.engine.program import slots_of
from ablate.engine.runtime import keras
from tests.engine import nets, small
from tests.engine.layers.against import SHAPES, both

NETS = "tests.engine.nets"


@pytest.mark.parametrize(("places", "size", "strides", "padding"), SHAPES)
def test_a_convolution_is_tensorflows(
    places: tuple[int, ...], size: tuple[int, ...], strides: tuple[int, ...], padding: str
) -> None:
    rng = np.random.default_rng(0)
    x, kernel = rng.normal(size=(5, *places, 3)), rng.normal(size=(*size, 3, 4))
    for mine, theirs in both(
        lambda x, kernel: windows.convolved(x, kernel, strides, padding),
        lambda x, kernel: keras.ops.conv(x, kernel, strides=strides, padding=padding, data_format="channels_last"),
        x,
        kernel,
    ):
        assert np.allclose(mine, theirs, rtol=1e-12, atol=1e-12)


def trial(builder: str) -> Trial:
    """Return a small trial of a user's model."""
    return small.trial(model={"kind": "keras", "builder": f"{NETS}:{builder}"})


def test_slots_follow_the_largest_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    one = trial("windowed")
    written = one.setting["model"].params["template"]
    assert written["windows"] == 8 * 8 * 9
    assert not written["alone"]
    assert slots_of(one) == 10
    monkeypatch.setitem(written, "windows", 20_000)
    assert slots_of(one) == 5
    assert slots_of(trial("stateful")) == 1
    assert slots_of(trial("branches")) == 20


def test_windows_that_take_too_much_memory_are_left_to_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    read = graph.of(nets.windowed())
    assert not template.read(read).template["alone"]
    monkeypatch.setattr(windows, "LARGEST", 8 * 8 * 9 - 1)
    assert template.read(read).template["alone"]


@pytest.mark.parametrize("groups", [2, 3])
def test_groups_of_channels_are_convolved_each_by_filters_of_its_own(groups: int) -> None:
    rng = np.random.default_rng(0)
    x, kernel = rng.normal(size=(5, 6, 7, 2 * groups)), rng.normal(size=(3, 2, 2, 4 * groups))
    parts = zip(np.split(x, groups, -1), np.split(kernel, groups, -1), strict=True)
    wanted = [keras.ops.conv(part, own, strides=(2, 1), padding="same") for part, own in parts]
    assert np.allclose(windows.convolved(x, kernel, (2, 1), "same"), np.concatenate(wanted, -1), rtol=1e-12, atol=1e-12)
