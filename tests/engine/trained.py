"""Train a trial in a process of its own, perhaps after another one; print a hash of its curves and the programs traced.

`python -m tests.engine.trained [another]`
"""

from __future__ import annotations

import hashlib
import sys
from typing import Any
from unittest import mock

from ablate.engine import traced_program, training
from ablate.engine.program import stacks
from ablate.outcomes.curves import Curves
from tests.engine import small


def trained(depth: int) -> list[Curves]:
    with small.short_switches():
        return training.train(stacks([small.trial(seed=1, depth=depth, optimizer="sgd")])[0])


if __name__ == "__main__":
    if sys.argv[1:]:
        trained(1)
    with mock.patch.object(traced_program, "export", wraps=traced_program.export) as export:
        curves: list[Any] = trained(0)
    digest = hashlib.sha256()
    for each in curves:
        for name in sorted(each.signals):
            digest.update(each.signals[name].tobytes())
    print(digest.hexdigest(), export.call_count)
