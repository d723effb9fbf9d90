"""Measure the chance level of a program's rows as that of any task: `ablate.outcomes.chance_level`.

Inputs of several parts are joined, labels are numbered, and wide inputs are described by their principal components.
Rows that hold no numbers, and labels of several places each, have the level of independent random guesses.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from ablate.engine.as_is import answers
from ablate.engine.as_is.answers import Labels
from ablate.engine.as_is.program import Rows, load
from ablate.engine.inspection import data
from ablate.engine.inspection.rows import mapped
from ablate.outcomes import chance_level, ordinary_classifiers
from ablate.outcomes.chance_level import Chance
from ablate.tasks import Task
from ablate.tasks._task import Examples, assemble

Judged = Literal["beside", "last", "mixed"]
"""Where the rows lie that trials are judged on: beside the training rows, at their end, or anywhere among them."""

TRAINING = 4_000
"""Training rows that are used at most."""

WIDE, COMPONENTS = 128, 64
"""Inputs of more columns than `WIDE` are described by so many principal components: the level takes seconds then."""

GUESSES = "independent random guesses"


@dataclass(frozen=True, kw_only=True)
class Level:
    """What luck gets right.

    Attributes:
        chance: the chance level of the rows.
        untrained: judged rows that about 1 in 200 untrained networks exceed.
    """

    chance: Chance
    untrained: int


def measured(path: str, judged: Judged) -> Level:
    """Measure the chance level of a program's rows.

    Args:
        path: the file that `program.save` wrote.
        judged: where the rows lie that trials are judged on.
    """
    return of_rows(load(path).rows, judged)


def of_rows(rows: Rows, judged: Judged) -> Level:
    """Measure the chance level of rows.

    Args:
        rows: the rows.
        judged: where the rows lie that trials are judged on.
    """
    labels = answers.read(np.asarray(rows.y))
    training, probe = _places(len(rows.y), len(rows.y_val), judged)
    held = rows if judged == "mixed" else Rows(x=rows.x_val, y=rows.y_val, x_val=None, y_val=None)
    known, asked = _classes(rows.y, labels, training), _classes(held.y, labels, probe)
    table = _table(rows.x, held.x, training, probe) if known.ndim == 1 else None
    plain = table is None
    if table is None:
        rng = np.random.default_rng(0)
        known, asked = (rng.choice(part.reshape(-1), len(part)) for part in (known, asked))
        table = rng.normal(size=(len(known) + len(asked), 4))
    values, numbers = np.unique(np.concatenate([known, asked]), return_inverse=True)
    task = assemble(
        {"kind": "program"},
        Examples(
            inputs=table,
            labels=numbers.astype(np.int32),
            class_names=tuple(map(str, values)),
            probe_rows=np.arange(len(known), len(table)),
        ),
    )
    level = of_task(task)
    if not plain:
        return level
    unknown = replace(level.chance, p=0.0, score=1.0, shuffled=0.0, reference=0.0, reason=GUESSES)
    return replace(level, chance=unknown)


def of_task(task: Task) -> Level:
    """Measure the chance level of a task; its labels must have something to do with the inputs of the training rows.

    Training labels that belong to other rows would hide behind judged rows that are right.
    """
    relation = ordinary_classifiers.relation(task, task.train_rows)
    chance = chance_level.measure(task)
    return Level(
        chance=replace(chance, p=relation.p, score=relation.score, shuffled=relation.shuffled),
        untrained=chance_level.untrained(task),
    )


def _places(count: int, held: int, judged: Judged) -> tuple[np.ndarray, np.ndarray]:
    """Return training rows among all rows, and judged rows among the held ones (among all rows if they are mixed)."""
    if judged == "mixed":
        probe = np.unique(np.linspace(0, count - 1, len(answers.judged(held))).astype(int))
        training = np.setdiff1d(np.arange(count), probe)
    else:
        probe, training = answers.judged(held), np.arange(count - (held if judged == "last" else 0))
    return training[:: max(1, -(-len(training) // TRAINING))], probe


def _classes(y: Any, labels: Labels, places: np.ndarray) -> np.ndarray:
    classes = np.asarray(answers.truth(np.asarray(y), labels)[places])
    return np.asarray(classes.astype(str)) if labels.kind == "texts" else classes


def _table(x: Any, held: Any, training: np.ndarray, probe: np.ndarray) -> np.ndarray | None:
    """Return training and judged inputs as finite numbers, a row each; None if there are no numbers."""
    parts = [data.flat(mapped(lambda array, chosen=chosen: np.asarray(array)[chosen], source))  # type: ignore[misc]
             for source, chosen in ((x, training), (held, probe))]  # fmt: skip
    if parts[0] is None or parts[1] is None:
        return None
    table = np.concatenate([part for part in parts if part is not None])
    finite = np.isfinite(table)
    if not finite.all():
        sums = np.where(finite, table, 0.0).sum(axis=0)
        table = np.where(finite, table, sums / np.maximum(finite.sum(axis=0), 1))
    if table.shape[1] <= WIDE:
        return table
    from sklearn.decomposition import PCA

    few = table[: len(training)][:: max(1, len(training) // 1_000)]
    kept = PCA(min(COMPONENTS, len(few) - 1), svd_solver="randomized", random_state=0).fit(few)
    return np.asarray(kept.transform(table))
