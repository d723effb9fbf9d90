"""`task`: the data. In a trial id the content hash of its arrays stands for its parameters."""

from __future__ import annotations

from ablate.core.study import TASK, Json
from ablate.remedies._remedy import Remedy, no_candidates, no_lines


def _check(params: Json) -> Json:
    from ablate.tasks import check_params  # keeps `import ablate` light

    return check_params(params)


REMEDY = Remedy(
    name=TASK,
    summary="the data",
    neutral=None,
    stacks="shape",
    check=_check,
    statement="none",
    lines=no_lines,
    candidates=no_candidates,
    problem=True,
)
