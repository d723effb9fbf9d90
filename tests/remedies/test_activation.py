"""A kind of activation that Keras lacks is told, with what to do."""

from __future__ import annotations

import pytest

from ablate.core.errors import LevelError
from ablate.remedies import activation


def test_a_kind_without_a_function_must_be_one_of_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(activation.KINDS, "bent", activation.Function(numpy=lambda x: x))
    with pytest.raises(LevelError, match=r"no activation with the name of the kind `bent`. Give the kind `tensorflow`"):
        activation.function("bent")(1.0)
