"""`words`: the easiest data there is: as many words as classes, each its own class, as one-hot characters."""

from __future__ import annotations

from itertools import product
from string import ascii_lowercase

import numpy as np

from ablate.core.errors import ConfigError
from ablate.core.study import Json
from ablate.tasks._task import PROBE_ROWS, Examples

TRAIN_ROWS = 1024


def vocabulary(classes: int, length: int) -> tuple[str, ...]:
    """The first words: one letter repeated (`aaa` to `zzz`), then the rest in alphabetical order.

    Raises:
        ConfigError: there are not that many words of that length.

    Examples:
        >>> vocabulary(3, 3)
        ('aaa', 'bbb', 'ccc')
        >>> vocabulary(28, 2)[25:]
        ('zz', 'ab', 'ac')
    """
    if classes > len(ascii_lowercase) ** length:
        raise ConfigError(
            f"There must be a word for each class: 26^{length} words have length {length}. Received: classes={classes}."
        )
    words = [letter * length for letter in ascii_lowercase[:classes]]
    for letters in product(ascii_lowercase, repeat=length):
        if len(words) == classes:
            break
        if len(set(letters)) > 1:
            words.append("".join(letters))
    return tuple(words)


def one_hot(words: tuple[str, ...]) -> np.ndarray:
    """The characters of the words, float64 [words, length * letters in use]."""
    letters = sorted(set("".join(words)))
    codes = np.array([[letters.index(letter) for letter in word] for word in words])
    result: np.ndarray = np.eye(len(letters))[codes].reshape(len(words), -1)
    return result


def make(params: Json) -> Examples:
    """The words over and over: at least 1,024 rows to train on, and 256 (or each word once) as the probe."""
    words = vocabulary(params["classes"], params["length"])
    train = len(words) * -(-TRAIN_ROWS // len(words))
    probe = max(PROBE_ROWS, len(words))
    labels = np.concatenate([np.arange(train), np.arange(probe)]) % len(words)
    return Examples(
        inputs=one_hot(words)[labels],
        labels=labels.astype(np.int32),
        class_names=words,
        probe_rows=np.arange(train, train + probe),
    )
