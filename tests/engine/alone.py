"""Declare that a factor cannot be stacked, for tests."""

from __future__ import annotations

import dataclasses

import pytest

from ablate.remedies import registry


def cannot_stack(monkeypatch: pytest.MonkeyPatch, factor: str) -> None:
    """Declare that the factor's levels cannot be stacked."""
    monkeypatch.setitem(registry(), factor, dataclasses.replace(registry()[factor], stacks="alone"))
