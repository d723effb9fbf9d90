"""Functions that a worker calls by name; only there do they load TensorFlow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ablate.engine.as_is.records import Ending, Facts, Job
    from ablate.engine.inspection.records import Inspection


def facts(path: str) -> Facts:
    """Read what a program's model says about itself."""
    from ablate.engine.as_is import facts as reading

    return reading.read(path)


def inspection(path: str, fit: dict[str, Any], seconds: float) -> Inspection:
    """Inspect a program before anything is trained for long.

    Args:
        path: the file that `program.save` wrote.
        fit: arguments of `fit`, without rows and callbacks.
        seconds: time for the rehearsal.
    """
    from ablate.engine.as_is import auditing

    return auditing.inspected(path, fit, seconds)


def trained(path: str, job: Job) -> Ending:
    """Train one trial.

    Args:
        path: the file of the program.
        job: the trial.
    """
    from ablate.engine.as_is import trial

    return trial.train(path, job)
