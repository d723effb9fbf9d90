"""`task`: the data. In the trial id the content hash of its arrays stands for its parameters."""

from __future__ import annotations

from ablate.core.study import Json
from ablate.remedies._remedy import Remedy


def check(params: Json) -> Json:
    """The task's parameters in canonical form, checked by `ablate.tasks`."""
    from ablate.tasks import check_params

    return check_params(params)


REMEDY = Remedy(name="task", neutral=None, stacks="shape", check=check)
