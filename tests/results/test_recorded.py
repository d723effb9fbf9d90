"""What is used where a caller says nothing: whatever changes in it is noticed."""

from __future__ import annotations

from tests import recorded


def test_defaults_are_as_recorded() -> None:
    recorded.same("defaults_results", recorded.defaults("ablate.results"))
