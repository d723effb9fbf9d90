"""Rows that have another label at a second reading are counted among those that were met both times."""

from __future__ import annotations

import numpy as np
import pytest

from ablate.engine.inspection.pairing import unpaired

X = np.arange(60.0).reshape(30, 2)
Y = np.arange(30) % 3


@pytest.mark.parametrize(("moved", "share"), [(0, 0.0), (3, 3 / 30), (30, 1.0)])
def test_the_share_of_rows_with_another_label(moved: int, share: float) -> None:
    again = np.where(np.arange(30) < moved, Y + 1, Y)
    order = np.random.default_rng(0).permutation(30)
    assert unpaired(([X], Y), ([X[order]], again[order])) == pytest.approx(share)


@pytest.mark.parametrize(("met", "share"), [(20, 0.5), (19, 0.0)])
def test_few_rows_that_were_met_twice_say_nothing(met: int, share: float) -> None:
    again = np.where(np.arange(30) % 2, Y + 1, Y)
    assert unpaired(([X], Y), ([X[:met]], again[:met])) == share


def test_rows_that_occur_more_than_once_are_left_out() -> None:
    twice = np.concatenate([X, X[:5]])
    labels = np.concatenate([Y, Y[:5] + 1])
    assert unpaired(([twice], labels), ([twice[::-1]], labels[::-1])) == 0.0
    assert unpaired(([twice], labels), ([X], np.where(np.arange(30) < 5, 9, Y))) == 0.0


def test_rows_are_told_apart_by_all_their_inputs() -> None:
    parts, labels = [X[:, :1] * 0, X], np.eye(3)[Y]
    assert unpaired((parts, labels), ([part[::-1] for part in parts], labels[::-1])) == 0.0
    assert unpaired((parts, labels), ([part[::-1] for part in parts], labels)) == pytest.approx(np.mean(Y[::-1] != Y))
