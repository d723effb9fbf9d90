"""`words`: the easiest data possible: each word is a class of its own, given as one-hot characters."""

from __future__ import annotations

from itertools import product
from string import ascii_lowercase

import numpy as np

from ablate.core.errors import ConfigError
from ablate.core.study import Json
from ablate.tasks._task import PROBE_ROWS, Examples

TRAIN_ROWS = 1024


def _vocabulary(classes: int, length: int) -> tuple[str, ...]:
    """Return the first words: one letter repeated (`aaa` to `zzz`), then all others in alphabetical order.

    Args:
        classes: number of words.
        length: letters in a word.

    Raises:
        ConfigError: there are not that many words of that length.

    Examples:
        >>> _vocabulary(3, 3)
        ('aaa', 'bbb', 'ccc')
        >>> _vocabulary(28, 2)[25:]
        ('zz', 'ab', 'ac')
    """
    if classes > len(ascii_lowercase) ** length:
        raise ConfigError(
            f"Each class must have a word: 26^{length} words have length {length}. Received: classes={classes}. "
            "Raise `task.length`."
        )
    words = [letter * length for letter in ascii_lowercase[:classes]]
    for letters in product(ascii_lowercase, repeat=length):
        if len(words) == classes:
            break
        if len(set(letters)) > 1:
            words.append("".join(letters))
    return tuple(words)


def _one_hot(words: tuple[str, ...]) -> np.ndarray:
    """Encode the characters of words, float64 [words, length * letters in use]."""
    letters = sorted(set("".join(words)))
    codes = np.array([[letters.index(letter) for letter in word] for word in words])
    result: np.ndarray = np.eye(len(letters))[codes].reshape(len(words), -1)
    return result


def make(params: Json) -> Examples:
    """Repeat the words to at least 1,024 training rows, and to 256 validation rows or as many as there are words."""
    words = _vocabulary(params["classes"], params["length"])
    train = len(words) * -(-TRAIN_ROWS // len(words))
    probe = max(PROBE_ROWS, len(words))
    labels = np.concatenate([np.arange(train), np.arange(probe)]) % len(words)
    return Examples(
        inputs=_one_hot(words)[labels],
        labels=labels.astype(np.int32),
        class_names=words,
        probe_rows=np.arange(train, train + probe),
    )
