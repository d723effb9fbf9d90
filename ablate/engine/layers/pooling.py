"""Pooling for many slots at once, computed from windows: on a CPU XLA's own gradient of pooling is a slow search."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ablate.engine.layers import window_slices
from ablate.engine.layers._kind import Shape
from ablate.engine.runtime import tf


def largest(x: Any, size: Shape, strides: Shape, padding: str) -> Any:
    """Return the largest value of each window; among equal values the first gets the gradient, as in TensorFlow.

    Args:
        x: [rows, *positions, channels].
        size: window size, one per dimension.
        strides: steps between windows, one per dimension.
        padding: `valid` or `same`.
    """
    if size == strides and padding == "valid" and len(size) < 3:  # TensorFlow's comparisons take too few axes for three
        return _largest_apart(x, size)
    first, *others = window_slices.slices(x, size, strides, padding, -math.inf)
    for other in others:
        first = tf.where(_stays(first, other), first, other)
    return first


def _stays(first: Any, other: Any) -> Any:
    """Return where `first` is the larger one: a NaN counts as larger, as in a maximum."""
    return (first >= other) | tf.math.is_nan(first)


def _largest_apart(x: Any, size: Shape) -> Any:
    """Return the largest value of each window, where no two windows overlap: each number gets one gradient or none."""
    channels, extents = int(x.shape[-1]), [int(extent) for extent in x.shape[1:-1]]
    counts = [extent // width for extent, width in zip(extents, size, strict=True)]

    def chosen(given: Any) -> tuple[Any, Callable[[Any], Any]]:
        first, *others = window_slices.slices(given, size, size, "valid", 0.0)
        winner = tf.zeros_like(first, tf.int32)
        for index, other in enumerate(others, 1):
            stays = _stays(first, other)
            first, winner = tf.where(stays, first, other), tf.where(stays, winner, index)

        def gradient(upstream: Any) -> Any:
            windows = [-1, *itertools.chain.from_iterable((count, 1) for count in counts), channels]
            inside = [1, *itertools.chain.from_iterable((1, width) for width in size), 1]
            places = np.arange(math.prod(size), dtype=np.int32).reshape(inside)
            wins = tf.reshape(winner, windows) == places
            spread = tf.where(wins, tf.reshape(upstream, windows), tf.zeros([], upstream.dtype))
            covered = [count * width for count, width in zip(counts, size, strict=True)]
            rest = [[0, extent - cover] for extent, cover in zip(extents, covered, strict=True)]
            return tf.pad(tf.reshape(spread, [-1, *covered, channels]), [[0, 0], *rest, [0, 0]])

        return first, gradient

    return tf.custom_gradient(chosen)(x)


def mean(x: Any, size: Shape, strides: Shape, padding: str) -> Any:
    """Return the mean of each window; padding does not count.

    Args:
        x: [rows, *positions, channels].
        size: window size, one per dimension.
        strides: steps between windows, one per dimension.
        padding: `valid` or `same`.
    """
    inside = tf.ones([1, *x.shape[1:-1], 1], x.dtype)
    count = tf.add_n(window_slices.slices(inside, size, strides, padding, 0.0))
    return tf.add_n(window_slices.slices(x, size, strides, padding, 0.0)) / count
