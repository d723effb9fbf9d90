"""Names that TensorFlow and Keras count over the life of a process, counted per program instead.

They are part of the traced program, and its machine code is found by what was traced (`ablate.engine.program_cache`),
so they must be the same in every process, whatever the process traced before.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

_traced: Counter[str] = Counter()


@contextmanager
def of_functions(program: str) -> Iterator[None]:
    """Make TensorFlow number the functions inside the block from a number that is a hash of the program's name.

    A program that one process traces again gets other numbers: TensorFlow registers some names once and for all.
    """
    from tensorflow.python.framework import ops

    _traced[program] += 1
    digest = hashlib.sha256(f"{program} {_traced[program]}".encode()).hexdigest()
    first = int(digest[:12], 16)  # 48 bits: TensorFlow keeps such a number in 64 bits, one of them the sign
    with mock.patch.object(ops, "uid", itertools.count(first).__next__):
        yield


@contextmanager
def of_layers() -> Iterator[None]:
    """Make Keras name the layers inside the block as if it had made none before: `dense`, `dense_1`, ..."""
    from keras.src.backend.common import global_state

    kind = "object_name_uids"
    before = global_state.get_global_attribute(kind)
    global_state.set_global_attribute(kind, defaultdict(int))
    try:
        yield
    finally:
        global_state.set_global_attribute(kind, before)
