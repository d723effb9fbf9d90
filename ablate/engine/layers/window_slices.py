"""Windows that are cut out of the inputs of many slots at once, and their gradient.

XLA's gradient of a slice asks for every number whether it lies in the slice. Where windows lie one position apart, the
gradient has a form of ours: slices of the windows' padded gradient are added, in the order in which XLA adds them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from ablate.engine.layers._kind import Shape
from ablate.engine.runtime import tf


def joined(x: Any, size: Shape, strides: Any, padding: str, dilation: Any = 1) -> Any:
    """Return the windows of inputs, each as one row: [rows, *windows, window size * channels].

    Args:
        x: [rows, *positions, channels].
        size: window size, one per dimension.
        strides: steps between windows, one number or one per dimension.
        padding: `valid`, `same`, or `causal`.
        dilation: steps between the positions of a window, one number or one per dimension.
    """
    options = (size, strides, padding, 0.0, dilation)
    if set(per_dimension(strides, size)) != {1}:
        return tf.concat(slices(x, *options), -1)

    def cut(given: Any) -> tuple[Any, Callable[[Any], Any]]:
        every = slices(given, *options)
        if given.shape[-1] == 1:  # XLA transposes faster than it copies one number at a time
            windows = tf.linalg.matrix_transpose(tf.stack([each[..., 0] for each in every], -2))
        else:
            windows = tf.concat(every, -1)
        return windows, lambda upstream: _put_back(upstream, given.shape, size, padding, per_dimension(dilation, size))

    return tf.custom_gradient(cut)(x)


def _put_back(windows: Any, shape: Any, size: Shape, padding: str, gaps: Shape) -> Any:
    """Return the gradient of inputs by that of their windows: of each number, the sum over the windows that hold it.

    Args:
        windows: [rows, *windows, window size * channels]; the windows lie one position apart.
        shape: of the inputs.
        size: window size, one per dimension.
        padding: `valid`, `same`, or `causal`.
        gaps: steps between the positions of a window, one per dimension.
    """
    extents, channels = [int(extent) for extent in shape[1:-1]], int(shape[-1])
    reaches = [(width - 1) * gap for width, gap in zip(size, gaps, strict=True)]
    before = {"valid": [0] * len(size), "same": [reach // 2 for reach in reaches], "causal": reaches}[padding]
    around = [
        [reach - first, first + extent - count]
        for reach, first, extent, count in zip(reaches, before, extents, windows.shape[1:-1], strict=True)
    ]
    padded = tf.pad(windows, [[0, 0], *around, [0, 0]])
    shares = []
    for index, at in enumerate(itertools.product(*map(range, size))):
        starts = [reach - place * gap for reach, place, gap in zip(reaches, at, gaps, strict=True)]
        cut = (slice(start, start + extent) for start, extent in zip(starts, extents, strict=True))
        shares.append(padded[(slice(None), *cut, slice(index * channels, (index + 1) * channels))])
    return tf.add_n(shares)


def slices(x: Any, size: Shape, strides: Any, padding: str, fill: float, dilation: Any = 1) -> list[Any]:
    """Return, for each position in a window, that position's value in all windows: [rows, *windows, channels].

    Args:
        x: [rows, *positions, channels].
        size: window size, one per dimension.
        strides: steps between windows, one number or one per dimension.
        padding: `valid`, `same`, or `causal`.
        fill: the value of the padding.
        dilation: steps between the positions of a window, one number or one per dimension.
    """
    extents = [int(extent) for extent in x.shape[1:-1]]
    steps, gaps = per_dimension(strides, size), per_dimension(dilation, size)
    reaches = [(width - 1) * gap + 1 for width, gap in zip(size, gaps, strict=True)]
    lacking = [0] * len(size)
    if padding == "same":
        counts = [-(-extent // step) for extent, step in zip(extents, steps, strict=True)]
        covered = [(count - 1) * step + reach for count, step, reach in zip(counts, steps, reaches, strict=True)]
        lacking = [max(0, cover - extent) for cover, extent in zip(covered, extents, strict=True)]
    around = [[lack // 2, lack - lack // 2] for lack in lacking]
    if padding == "causal":
        around = [[reach - 1, 0] for reach in reaches]
    if any(map(any, around)):
        x = tf.pad(x, [[0, 0], *around, [0, 0]])
        if fill:  # below `tf.vectorized_map` TensorFlow pads with 0, whatever else is asked for
            inside = np.pad(np.ones(extents, bool), around)[None, ..., None]
            x = tf.where(inside, x, tf.constant(fill, x.dtype))
    padded = [extent + sum(margins) for extent, margins in zip(extents, around, strict=True)]
    counts = [(extent - reach) // step + 1 for extent, reach, step in zip(padded, reaches, steps, strict=True)]
    slices = [
        [slice(at * gap, at * gap + (count - 1) * step + 1, step) for at in range(width)]
        for width, gap, step, count in zip(size, gaps, steps, counts, strict=True)
    ]
    return [x[(slice(None), *position)] for position in itertools.product(*slices)]


def per_dimension(number: Any, size: Shape) -> tuple[int, ...]:
    """Return one number per dimension.

    Args:
        number: one number, or one per dimension.
        size: window size, one per dimension.

    Examples:
        >>> per_dimension(2, (3, 3)), per_dimension([2, 1], (3, 3))
        ((2, 2), (2, 1))
    """
    return (number,) * len(size) if isinstance(number, int) else tuple(number)
