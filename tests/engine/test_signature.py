"""The signature holds the user's own flags for XLA, and not those that workers get."""

from __future__ import annotations

import pytest

from ablate.engine import signature, xla_flags


@pytest.mark.parametrize(("asked", "told"), [("", None), ("--xla_theirs=1", "--xla_theirs=1")])
def test_xla_flags_of_the_user_are_part_of_the_signature(
    monkeypatch: pytest.MonkeyPatch, asked: str, told: str | None
) -> None:
    monkeypatch.setenv("XLA_FLAGS", xla_flags.joined(asked))
    assert signature._machine.__wrapped__().get("flags") == told
