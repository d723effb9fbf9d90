"""What follows from a program's facts, rows and call of `fit`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.try_remedies.changes.situations import ROWS, situation, stack


@pytest.mark.parametrize(
    ("fit", "batch", "epochs", "steps"),
    [({}, 32, 1, 4), ({"batch_size": "50", "epochs": "7"}, 50, 7, 21), ({"batch_size": "120"}, 120, 1, 1),
     ({"batch_size": "119", "epochs": "2"}, 119, 2, 4)],
)  # fmt: skip
def test_steps_are_epochs_times_batches_rounded_up(fit: dict[str, str], batch: int, epochs: int, steps: int) -> None:
    at = situation(*stack(), fit=fit)
    assert at.rows.rows == ROWS == 120
    assert (at.batch, at.epochs, at.steps) == (batch, epochs, steps)


@pytest.mark.parametrize(("outputs", "units"), [((3,), 3), ((5, 7), 7), ((None,), 0), ((), 0)])
def test_units_are_the_last_size_of_the_output(outputs: tuple[int | None, ...], units: int) -> None:
    at = situation(*stack(), outputs=outputs)
    assert (at.units, at.classes) == (units, 3)


def test_a_program_shuffles_and_has_no_callbacks_unless_said() -> None:
    at = situation(*stack())
    assert (at.callbacks, at.shuffles, at.splits) == (False, True, False)
    assert replace(at, splits=True).splits
