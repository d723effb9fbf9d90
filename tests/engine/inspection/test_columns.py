from __future__ import annotations

import numpy as np

from ablate.engine.inspection import columns


def test_names_of_words_are_many_whole_numbers_in_several_columns() -> None:
    words = np.random.default_rng(0).integers(0, 500, (200, 12)).astype(float)
    assert columns.names(words, words)
    for other in (words[:, :3], words - 50, words - 1000, words / 2, words % 10):
        assert not columns.names(other, other)
    assert not columns.names(words.reshape(200, 12, 1), words), "rows of tables"


def test_rounding_is_measured_where_a_type_holds_less() -> None:
    pixels, ids = np.arange(256.0)[:, None], 70_000 + np.arange(300)[:, None]
    assert columns.rounding(pixels, "uint8") == 0.0
    assert columns.rounding(pixels / 255, "uint8") > 0.5
    assert columns.rounding(ids, "float16") == 1.0, "above 65,504 all are infinite"
    assert 0.5 < columns.rounding(ids, "bfloat16") < 2.0
    assert columns.rounding(np.full((9, 1), 0.3), "int32") == 0.0, "a constant column holds nothing to lose"
