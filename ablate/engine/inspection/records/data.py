"""Hold what was measured of the data: labels, inputs, and what ordinary classifiers learn from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Labels:
    """The labels as `fit` gets them.

    Attributes:
        rows: training rows.
        shape: shape of one label: () for class numbers, (classes,) for one-hot rows.
        dtype: type of the numbers.
        classes: distinct classes among the training rows.
        lowest, highest: range of the numbers.
        whole: whether all are whole numbers.
        one_hot: whether each label is a row of zeros with a single one.
        rows_of_several: share of label rows that name several classes at once; 0 for class numbers.
        bad_rows: rows whose label is NaN or infinite.
        majority: share of the most frequent class.
        minority: share of the rarest class.
        sorted_share: 1 if rows are sorted by class, 0 if their order is random: how often neighbours have equal labels,
            beyond chance.
        unseen: share of validation rows whose class no training row has.
        absent: share of the training rows' classes that no validation row has; 0 without validation rows.
        validation_rows: rows that `fit` validates on.
        counter: whether nearly every row has a label of its own, as in an index.
        unpaired: share of rows that have another label when the data set is read a second time.
    """

    rows: int
    shape: tuple[int, ...]
    dtype: str
    classes: int
    lowest: float
    highest: float
    whole: bool
    one_hot: bool
    rows_of_several: float
    bad_rows: int
    majority: float
    minority: float
    sorted_share: float
    unseen: float
    absent: float
    validation_rows: int
    counter: bool
    unpaired: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """The inputs as `fit` gets them; several inputs are joined, and inputs of text are skipped.

    Attributes:
        shape: shape of one row of the first input.
        dtype: its type.
        bad_rows: rows with NaN or infinity.
        lowest, highest: range of all numbers.
        largest: largest absolute value.
        mean, deviation: of all numbers.
        narrowest, widest: smallest and largest standard deviation of a column that varies.
        offset: largest absolute mean of a column in units of its standard deviation.
        constant: share of the columns that never vary.
        whole: whether all are whole numbers.
        distinct: number of distinct values.
        names: whether the numbers look like names of words: whole, many, and alike from column to column.
        embedded: whether an `Embedding` reads them.
        copies: share of rows that are equal to an earlier row.
        rounding: what the type of the model's input takes away: the largest error of a column, over its deviation.
        outside: how far validation rows are from training rows: difference of means in training deviations.
    """

    shape: tuple[int, ...]
    dtype: str
    bad_rows: int
    lowest: float
    highest: float
    largest: float
    mean: float
    deviation: float
    narrowest: float
    widest: float
    offset: float
    constant: float
    whole: bool
    distinct: int
    names: bool
    embedded: bool
    copies: float
    outside: float
    rounding: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Reference:
    """What ordinary classifiers learn from the same rows, judged on rows that they did not see.

    Attributes:
        accuracy: of the best one.
        majority: share of the most frequent class among the rows that it is judged on.
        rows: number of these rows.
        p_value: probability that guessing the most frequent class is right that often.
        by_name: accuracy by classifier.
        tokens: accuracy of a classifier that reads whole numbers as names; None where they do not look like names.
        train_p_value, validation_p_value: as `p_value`, of the judged rows that `fit` trains on, and of the others;
            None without validation rows.
    """

    accuracy: float
    majority: float
    rows: int
    p_value: float
    by_name: Mapping[str, float]
    tokens: float | None = None
    train_p_value: float | None = None
    validation_p_value: float | None = None
