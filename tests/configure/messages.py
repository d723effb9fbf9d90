"""The messages of overrides that cannot be composed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ablate import configure
from ablate.core.errors import ConfigError


def message(overrides: Sequence[str]) -> str:
    """Return the message; the list of allowed names at its end, which grows with the package, is left out."""
    with pytest.raises(ConfigError) as caught:
        configure.compose(overrides)
    text, _, allowed = str(caught.value).partition(" Allowed: ")
    assert not allowed or allowed.endswith(".")
    assert "\n" not in text
    return text
