from __future__ import annotations

import os
import signal
import time

import pytest

from ablate.runner import signals


def signal_self(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)
    time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_interrupts_once_and_by_name(number: signal.Signals) -> None:
    with signals.signals() as stop:
        with pytest.raises(KeyboardInterrupt):
            signal_self(number)
        assert stop.name == number.name
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)
        assert stop.name == number.name
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_held_signal_waits_for_the_end_of_the_block() -> None:
    steps: list[str] = []

    def work(stop: signals.Stop) -> None:
        with stop.hold():
            signal_self(signal.SIGINT)
            steps.append("inside")
        steps.append("after")

    with signals.signals() as own, pytest.raises(KeyboardInterrupt):
        work(own)
    assert steps == ["inside"]
