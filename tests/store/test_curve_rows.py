from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from ablate import store
from ablate.store import curve_rows
from ablate.store.curve_rows import curves_table, digests
from tests.store.stored_trials import curves, outcome, put, trial


def test_curves_keep_every_bit(tmp_path: Path) -> None:
    odd = np.array([0x7FC00001, 0xFFC00000, 0x7F800000, 0x80000000, 1], np.uint32).view(np.float32)
    both = [
        curves(1, signals={"loss": odd, "start_loss": odd[:2]}, bad_step=4, bad_tensor="weight kernel"),
        curves(2, signals={"loss": odd[::-1].copy(), "new": odd[:0]}),
        curves(3, signals={}, message="it broke", signature={"deep": [1, None]}),
    ]
    put(tmp_path, [store.Record(trial=trial(n), outcome=outcome(), curves=each) for n, each in enumerate(both, 1)])
    found = store.read_curves(tmp_path)
    assert sorted(found) == [each.id for each in both]
    for each in both:
        own = found[each.id]
        assert {name: values.tobytes() for name, values in own.signals.items()} == {
            name: values.tobytes() for name, values in each.signals.items()
        }
        assert all(values.dtype == np.float32 for values in own.signals.values())
        assert (own.bad_step, own.bad_tensor, own.message) == (each.bad_step, each.bad_tensor, each.message)
        assert (own.wall_seconds, own.signature) == (each.wall_seconds, each.signature)
    assert list(store.read_curves(tmp_path, [both[1].id, "unknown"])) == [both[1].id]


def test_digests_of_rows_are_those_of_their_curves() -> None:
    seen = [
        curves(1),
        curves(2, signals={}),
        curves(3, signals={"loss": np.array([np.nan, -0.0], np.float32), "step": np.zeros(0, np.float32)}),
        curves(4, bad_step=3, bad_tensor="weight dense_1/kernel"),
        *(curves(number) for number in range(5, 9)),
    ]
    for own in (seen, seen[1:2], [seen[0], seen[2]] * 3, []):
        assert digests(curves_table(own)) == [store.digest(each) for each in own]
    twice = pa.concat_tables([curves_table(seen), curves_table(seen[::-1])], promote_options="default")
    assert digests(twice) == [store.digest(each) for each in (*seen, *seen[::-1])]


def test_many_rows_of_two_lengths_have_their_own_digests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curve_rows, "AT_ONCE", 3)
    signals = [{"loss": np.full(2 + number % 2, number, np.float32)} for number in range(20)]
    seen = [curves(number, signals=own) for number, own in enumerate(signals)]
    assert digests(curves_table(seen)) == [store.digest(each) for each in seen]
