"""Rows are taken as people have them, and split as `fit` splits them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ablate.core.errors import ConfigError, TaskError
from ablate.try_remedies import given, rows_seen

X, Y = np.arange(80.0).reshape(40, 2), np.arange(40) % 2


def test_rows_without_validation_are_held_out_in_equal_shares_and_keep_their_order() -> None:
    taken = given.take((X, Y))
    assert len(taken.rows.y_val) == 8
    assert taken.rows.y_val.mean() == 0.5
    assert (np.diff(taken.rows.x[:, 0]) > 0).all()
    assert not taken.rows.passed
    assert "8 of 40 rows are held out" in taken.notes[-1]


def test_a_split_takes_the_last_rows_before_anything_is_shuffled() -> None:
    taken = given.take((X, np.repeat([0, 1], 20)), None, {"validation_split": 0.25, "epochs": 3, "verbose": 0})
    assert taken.rows.y_val.tolist() == [1] * 10
    assert len(taken.rows.y) == 40
    assert taken.splits
    assert taken.call.arguments == {"validation_split": "0.25", "epochs": "3", "batch_size": "32"}
    assert rows_seen.see(taken.rows.x, taken.rows.y).sorted


def test_validation_rows_frames_and_several_inputs() -> None:
    frame, series = pd.DataFrame(X, columns=["a", "b"]), pd.Series(Y)
    taken = given.take((frame, series), (X, Y), {"epochs": 1})
    assert taken.call.validated
    assert taken.rows.x.tolist() == X.tolist()
    two = given.take(({"a": X, "b": X + 1}, Y), None, {"epochs": 1})
    assert two.call.inputs == "dict"
    assert two.rows.x["b"].shape == (32, 2)
    assert given.take(([X, X], Y), None, {}).call.inputs == "list"
    with pytest.raises(TaskError, match="equally many rows"):
        given.take((X, Y[:5]))


def test_two_pairs_are_training_and_validation_rows_also_of_one_column() -> None:
    for x in (X, X[:, 0]):
        taken = given.take(((x, Y), (x[:7] + 1, Y[:7])), None, {})
        assert taken.call.validated
        assert (taken.rows.x.tolist(), taken.rows.x_val.tolist()) == (x.tolist(), (x[:7] + 1).tolist())


def test_generators_and_data_sets_of_batches() -> None:
    def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        while True:
            for first in range(0, 40, 8):
                yield X[first : first + 8], Y[first : first + 8]

    taken = given.take(batches(), (X, Y), {"steps_per_epoch": 5, "epochs": 2})
    assert len(taken.rows.y) == 40
    assert taken.call.arguments["batch_size"] == "8"
    with pytest.raises(TaskError, match="inputs and labels"):
        given.take(iter([(X,)]))


def test_a_data_set_that_does_not_shuffle_is_trained_in_its_order() -> None:
    import tensorflow as tf

    plain = tf.data.Dataset.from_tensor_slices((X, Y)).batch(10)
    assert given.take(plain).call.arguments["shuffle"] == "False"
    assert given.take((plain, None)).call.arguments["batch_size"] == "10", "as `fit` takes it: x, and no y"
    assert "shuffle" not in given.take(plain.unbatch().shuffle(40).batch(10)).call.arguments


def test_files_keep_their_labels_as_they_are(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x=X, y=Y + 1, x_val=X, y_val=Y + 1)
    taken = given.take(tmp_path / "d.npz")
    assert set(taken.rows.y.tolist()) == {1, 2}
    assert taken.call.validated
    pd.DataFrame({"a": X[:, 0], "kind": ["no", "yes"] * 20, "b": X[:, 1]}).to_csv(tmp_path / "d.csv", index=False)
    with pytest.raises(TaskError, match=r"must hold numbers. These do not: kind. Name the labels with `label=COLUMN`"):
        given.take(tmp_path / "d.csv")
    assert set(given.take(tmp_path / "d.csv", label="kind").rows.y.tolist()) == {"no", "yes"}
    with pytest.raises(TaskError, match="Did you mean 'kind'"):
        given.take(tmp_path / "d.csv", label="kinds")
    with pytest.raises(TaskError, match="There is none"):
        given.take(tmp_path / "none.csv")


def test_an_unknown_argument_of_fit_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'epochs'"):
        given.take((X, Y), None, {"epoch": 3})


def test_word_numbers_are_names_and_pixels_are_amounts() -> None:
    rng = np.random.default_rng(0)
    words = 1 + rng.zipf(1.3, (300, 60)) % 1999
    assert rows_seen.see(words, np.arange(300) % 2).tokens
    pixels = np.cumsum(rng.integers(0, 9, (300, 64)), 1) % 256
    assert not rows_seen.see(pixels, np.arange(300) % 2).tokens
    assert not rows_seen.see(rng.normal(size=(300, 60)), np.arange(300) % 2).tokens
    table = np.stack(
        [rng.integers(18, 90, 300), rng.integers(0, 9000, 300), rng.integers(0, 5, 300), rng.integers(140, 200, 300)], 1
    )
    assert not rows_seen.see(table, np.arange(300) % 2).tokens


class Passes:
    """A data set that gives its inputs otherwise at each pass, as `change` says."""

    def __init__(self, change: Callable[[np.ndarray, int], np.ndarray]) -> None:
        self.change, self.passes = change, 0

    def as_numpy_iterator(self) -> None:
        """What tells a data set from a generator."""

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        self.passes += 1
        x = self.change(X, self.passes)
        return iter([(x[:20], Y[:20]), (x[20:], Y[20:])])


def test_what_a_data_set_changes_at_each_pass_is_left_out() -> None:
    noisy = given.take(Passes(lambda x, turn: x + turn), None, {"epochs": 1})
    assert "changes that the data set makes" in noisy.left_out[0]
    for change in (lambda x, turn: x + 0 * turn, lambda x, turn: np.roll(x, turn, axis=0)):
        assert given.take(Passes(change), None, {"epochs": 1}).left_out == ()
    assert given.take((X, Y), None, {"epochs": 3, "initial_epoch": 2}).left_out == ("`initial_epoch`",)


def test_four_rows_are_enough_and_order_is_shuffled_unless_it_is_said() -> None:
    taken = given.take((X[:4], Y[:4]))
    assert len(taken.rows.y) + len(taken.rows.y_val) == 4
    assert taken.shuffles
    assert "shuffle" not in given.take((X, Y), None, {"shuffle": True}).call.arguments
    fixed = given.take((X, Y), None, {"shuffle": False})
    assert (fixed.shuffles, fixed.call.arguments["shuffle"]) == (False, "False")
    with pytest.raises(TaskError, match="at least 4 rows"):
        given.take((X[:3], Y[:3]))


def test_which_rows_are_held_out_is_fixed_and_no_class_loses_its_only_row() -> None:
    assert given._held_out(Y).tolist() == [9, 13, 23, 28, 34, 36, 38, 39]
    classes = np.repeat([0, 1, 2], [40, 2, 1])
    held = given._held_out(classes)
    assert np.bincount(classes[held], minlength=3).tolist() == [8, 1, 0]
    assert given._held_out(classes.astype(str)).tolist() == held.tolist()
    for rows, count in ((43, 9), (42, 8), (3, 1)):
        assert len(given._held_out(np.linspace(0, 1, rows) ** 2)) == count, "of amounts, a fifth of all rows"
