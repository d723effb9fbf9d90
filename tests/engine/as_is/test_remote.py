"""Each question goes to the function that answers it, with its arguments."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from ablate.engine.as_is import auditing, chance, facts, remote, trial


@pytest.mark.parametrize("question", get_args(remote.Question))
def test_a_question_is_answered_by_its_function(monkeypatch: pytest.MonkeyPatch, question: Any) -> None:
    for name, module, function in (
        ("facts", facts, "read"),
        ("inspection", auditing, "inspected"),
        ("chance", chance, "measured"),
        ("trial", trial, "train"),
    ):
        monkeypatch.setattr(module, function, lambda *given, name=name: (name, *given))
    more = () if question == "facts" else ("one", 2)
    assert remote.asked("path", question, *more) == (question, "path", *more)
