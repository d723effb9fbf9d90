"""The networks of other kinds have the layers that their text says, counted in weights."""

from __future__ import annotations

import pytest

from ablate.remedies import _networks


@pytest.mark.parametrize("filters", [4, 16])
def test_two_convolutions_of_3_by_3_pooling_and_ten_classes(filters: int) -> None:
    made = _networks.conv(filters)
    first, second = 3 * 3 * filters + filters, 3 * 3 * filters * 2 * filters + 2 * filters
    assert made.count_params() == first + second + (2 * 2 * 2 * filters) * 10 + 10
    assert (made.input_shape, made.output_shape) == ((None, 64), (None, 10))
    assert made.layers[-1].activation.__name__ == "softmax"


def test_rows_of_an_image_are_read_one_by_one() -> None:
    made = _networks.lstm(5)
    assert made.count_params() == 4 * (8 * 5 + 5 * 5 + 5) + 5 * 10 + 10


def test_defaults_are_those_of_the_studies() -> None:
    assert [_networks.conv().layers[1].filters, _networks.lstm().layers[1].units] == [16, 32]
