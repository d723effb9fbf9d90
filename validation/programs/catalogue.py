"""Read the modules of the programs; `programs` returns them all."""

from __future__ import annotations

from validation.programs.program import EVERY, Program


def programs() -> tuple[Program, ...]:
    """Return every program, in the order of the modules."""
    from validation.programs import (  # noqa: F401 - reading a module registers its programs
        faulty_data,
        fresh,
        fresh_2,
        fresh_3,
        fresh_3_learning,
        fresh_4,
        fresh_4_learning,
        fresh_4_training,
        fresh_5,
        fresh_5_learning,
        fresh_5_training,
        head,
        healthy,
        healthy_layers,
        labels,
        looks_ill,
        looks_ill_training,
        lost,
        measuring,
        training,
        untrained,
    )

    return tuple(EVERY)
