"""The function that a worker calls by name; only there is TensorFlow loaded."""

from __future__ import annotations

from typing import Any, Literal

Question = Literal["facts", "inspection", "chance", "trial"]
"""What a worker can be asked about a program."""


def asked(path: str, question: Question, *arguments: Any) -> Any:
    """Answer a question about a program.

    Args:
        path: the file that `program.save` wrote.
        question: its facts, an inspection of it, the chance level of its rows, or how a trial of it goes.
        arguments: those of the function that answers.
    """
    if question == "facts":
        from ablate.engine.as_is import facts

        return facts.read(path)
    if question == "inspection":
        from ablate.engine.as_is import auditing

        return auditing.inspected(path, *arguments)
    if question == "chance":
        from ablate.engine.as_is import chance

        return chance.measured(path, *arguments)
    from ablate.engine.as_is import trial

    return trial.train(path, *arguments)
