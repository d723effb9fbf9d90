"""Factors that are numbers take those between their bounds, and offer shares of the baseline's."""

from __future__ import annotations

from typing import Any

import pytest

from ablate.core.errors import ConfigError
from ablate.remedies import batch_size, checked, depth, learning_rate, width


@pytest.mark.parametrize(
    ("factor", "taken", "refused"),
    [
        (depth.DEPTH, (0, 3, 64), (-1, 65, 1.5)),
        (batch_size.BATCH_SIZE, (1, 32, 65536), (0, 65537, 2.5)),
        (width.WIDTH, (1, 32, 65536), (0, 65537, 2.5)),
        (learning_rate.LEARNING_RATE, (0.0, 0.5, 1e6), (-0.1, 1e6 + 1, "fast")),
    ],
)
def test_bounds_belong_to_a_factor(factor: str, taken: tuple[float, ...], refused: tuple[Any, ...]) -> None:
    assert [checked(factor, value) for value in taken] == list(taken)
    for value in refused:
        with pytest.raises(ConfigError):
            checked(factor, value)


def test_rates_around_the_baselines_are_tried() -> None:
    assert learning_rate._candidates({"learning_rate": 0.003}) == (0.0003, 0.00003, 0.03)


@pytest.mark.parametrize(("units", "layers", "tried"), [(32, 2, (8,)), (4, 1, (2,)), (12, 1, (3,)), (32, 0, ())])
def test_a_quarter_of_the_units_is_tried_and_two_at_least(units: int, layers: int, tried: tuple[int, ...]) -> None:
    assert width._candidates({"width": units, "depth": layers}) == tried
