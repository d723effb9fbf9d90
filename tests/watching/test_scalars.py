"""The figures of the looks reach TensorBoard."""

from __future__ import annotations

from pathlib import Path

import pytest

from ablate.engine.callback import scalars
from ablate.engine.callback.records import Look


def test_scalars_are_read_back_with_the_event_reader_of_tensorboard(tmp_path: Path) -> None:
    import tensorflow as tf

    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    writer = tf.summary.create_file_writer(str(tmp_path))
    for step in (0, 7):
        scalars.write(writer, Look(step=step, epoch=0, loss=0.5 + step, train=0.25))
    writer.close()
    read = accumulator.EventAccumulator(str(tmp_path), size_guidance={"tensors": 0})
    read.Reload()
    assert set(read.Tags()["tensors"]) == {"watch/loss", "watch/train"}
    values = [(event.step, float(tf.make_ndarray(event.tensor_proto))) for event in read.Tensors("watch/loss")]
    assert values == [(0, 0.5), (7, 7.5)]
