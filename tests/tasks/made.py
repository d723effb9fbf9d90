"""Tasks made of arrays, for tests."""

from __future__ import annotations

import numpy as np
import pytest

from ablate.core.errors import TaskError
from ablate.tasks import Task, load
from ablate.tasks._task import Examples, assemble


def made(inputs: object, labels: object, names: tuple[str, ...] = ("a", "b")) -> Task:
    """Return a task of these arrays, as `npz` makes it."""
    examples = Examples(inputs=np.array(inputs, float), labels=np.array(labels), class_names=names)
    return assemble({"kind": "npz"}, examples)


def refused(params: dict[str, str]) -> str:
    """Load a task that must be refused; return the message of the error."""
    with pytest.raises(TaskError) as caught:
        load(params)
    return str(caught.value)
