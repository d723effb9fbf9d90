"""What the engine does where a caller says nothing, and its thresholds: whatever changes in them is noticed."""

from __future__ import annotations

from tests import recorded


def test_defaults_are_as_recorded() -> None:
    recorded.same("defaults_engine", recorded.defaults("ablate.engine"))
