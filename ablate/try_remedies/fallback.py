"""Turn a study that refuses a model, or would leave something out, into a program that is trained as it is."""

from __future__ import annotations

from collections.abc import Sequence

from ablate import configure, tasks
from ablate.core.errors import ConfigError
from ablate.core.study import TASK
from ablate.try_remedies import program_words
from ablate.try_remedies.program_words import Wanted

REFUSED = ("cannot be tried", "is tried without", "too little room", "Every class must have", "must be balanced")
"""Words of the messages by which a study refuses a model or its rows that `fit` would take."""


def program_of(words: Sequence[str], error: Exception) -> Wanted | None:
    """Return the program that a study's words name; None if something else is wrong with the words.

    Args:
        words: the overrides.
        error: why the study was refused.
    """
    if not any(text in str(error) for text in REFUSED):
        return None
    values = dict(word.lstrip("+").partition("=")[::2] for word in words)
    builder = values.get("model.builder") or values.get("model", "")
    if ":" not in builder:
        return None
    named = [
        f"model.arguments.{key.partition('model.arguments.')[2]}={value}"
        for key, value in values.items()
        if key.startswith("model.arguments.")
    ]
    if "path" in values:
        label = [f"label={values['label']}"] if "label" in values else []
        return program_words.of_command([builder, values["path"], *label, *named])
    try:
        study = configure.compose(
            [word for word in words if word.partition("=")[0].lstrip("+").partition(".")[0] == TASK]
        )
    except ConfigError:
        return None
    task = tasks.load(study.baseline[TASK].params)
    train, probe = task.train_rows, task.probe_rows
    rows = (
        (task.inputs[train].astype("float32"), task.labels[train]),
        (task.inputs[probe].astype("float32"), task.labels[probe]),
    )
    wanted = program_words.of_command([builder, "rows", *named])
    return Wanted(builder=builder, data=rows, control=wanted.control)
