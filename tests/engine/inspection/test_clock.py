"""Time is that of the processor, or a quarter of what passed if that is more."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ablate.engine.inspection import clock


@pytest.mark.parametrize(("used", "passed", "seconds"), [(3.0, 8.0, 3.0), (3.0, 20.0, 5.0), (0.0, 2.0, 0.5)])
def test_seconds_since_it_was_made(monkeypatch: pytest.MonkeyPatch, used: float, passed: float, seconds: float) -> None:
    processor, monotonic = iter([7.0, 7.0 + used]), iter([100.0, 100.0 + passed])
    times = SimpleNamespace(process_time=lambda: next(processor), monotonic=lambda: next(monotonic))
    monkeypatch.setattr(clock, "time", times)
    assert clock.Clock().seconds() == seconds
