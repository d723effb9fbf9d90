"""Programs as they are before a change is offered."""

from __future__ import annotations

from typing import Any

import numpy as np

from ablate.engine.as_is.records import Facts, Layer
from ablate.try_remedies import rows_seen
from ablate.try_remedies.changes.situation import Situation
from ablate.try_remedies.patch import Call
from tests.try_remedies.test_patch import dense

ROWS = 120


def situation(
    *layers: Layer, x: Any = None, y: Any = None, loss: str = "sparse_categorical_crossentropy", **more: Any
) -> Situation:
    """A program of these layers; three classes and four standardized columns unless given."""
    head = layers[-1] if layers else None
    facts: dict[str, Any] = {
        "graph": bool(layers),
        "layers": layers,
        "outputs": (int(head.arguments["units"]),) if head is not None else (3,),
        "loss": loss,
        "loss_text": repr(loss),
    }
    facts |= {name: more.pop(name) for name in ("low", "high", "from_logits", "backend", "outputs") if name in more}
    return Situation(
        facts=Facts(**facts),
        rows=rows_seen.see(
            np.random.default_rng(0).normal(size=(ROWS, 4)) if x is None else x,
            np.arange(ROWS) % 3 if y is None else y,
        ),
        call=Call(arguments=more.pop("fit", {})),
        **more,
    )


def stack(last: str = "softmax", units: int = 3) -> tuple[Layer, Layer]:
    """Two dense layers."""
    activation = {"activation": repr(last)} if last else {}
    return dense(0, units="8", activation="'relu'"), dense(1, units=str(units), **activation)
