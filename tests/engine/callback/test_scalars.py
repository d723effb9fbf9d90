"""Figures of a look are written under their names, those that are known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import tensorflow as tf

from ablate.engine.callback import scalars
from ablate.engine.callback.records import Look

LOOK = Look(step=12, epoch=1, train=0.5, validation=0.0, loss=2.0, top_share=0.75, rate=0.25)
FIGURES = [("watch/train", 0.5), ("watch/validation", 0.0), ("watch/loss", 2.0), ("watch/rate", 0.25)]


def test_a_writer_of_scalars_gets_each_figure() -> None:
    class Writer:
        def __init__(self) -> None:
            self.given: list[Any] = []

        def add_scalar(self, name: str, value: float, step: int) -> None:
            self.given.append((name, value, step))

    writer = Writer()
    scalars.write(writer, LOOK)
    assert writer.given == [(name, value, 12) for name, value in FIGURES]


def test_a_writer_of_tensorflow_gets_each_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int] = []
    given: list[Any] = []

    @contextmanager
    def as_default(step: int) -> Iterator[None]:
        steps.append(step)
        yield
        steps.append(len(given))

    monkeypatch.setattr(tf.summary, "scalar", lambda *named: given.append(named))
    scalars.write(SimpleNamespace(as_default=as_default), LOOK)
    assert (given, steps) == (FIGURES, [12, 4])
