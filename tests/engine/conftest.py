"""What tests of the engine share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture
def new_programs() -> Iterator[None]:
    """Nothing compiled before is used in the test, and nothing compiled in it is used later."""
    _forget()
    yield
    _forget()


def _forget() -> None:
    from ablate.engine import fused, probes

    for cache in (fused.network, fused.compiled, probes.reader):
        cache.cache_clear()
