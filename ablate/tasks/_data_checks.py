"""Faults of the data that can be found before anything is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ablate.tasks import _columns, _labels
from ablate.tasks._finding import Finding

if TYPE_CHECKING:
    import numpy as np

    from ablate.tasks._task import Task

UNBALANCED = 1.5
"""Classes count as unbalanced if the largest has more than this many times the rows of the smallest."""


def check(task: Task) -> list[Finding]:
    """Return all findings about the task's data, errors first; empty if there are none."""
    parts: tuple[Callable[[Task], Iterable[Finding]], ...] = (
        lambda task: task.findings,
        lambda task: _labels.findings(task.given) if task.given else (),
        _not_finite,
        _absent,
        _columns.findings,
        _balance,
        _contradictions,
        _constant,
        _scale,
        _far,
        _distinct,
        _shared,
    )
    findings = [finding for part in parts for finding in part(task)]
    return sorted(findings, key=lambda finding: ("error", "warning", "note").index(finding.severity))


def _not_finite(task: Task) -> list[Finding]:
    import numpy as np

    bad = np.flatnonzero(~np.isfinite(task.inputs).all(axis=1))
    if not len(bad):
        return []
    return [
        Finding(
            severity="error",
            what=f"{len(bad)} of {len(task.inputs)} rows hold NaN, infinity, or a number beyond 3.4e38, which float32 "
            f"does not hold ({task.places(bad)}).",
            advice="Fill or drop them: one such row turns the loss of its batch into NaN, and then every weight.",
        )
    ]


def _absent(task: Task) -> list[Finding]:
    findings = []
    untrained = sorted(set(range(task.classes)) - set(task.labels[task.train_rows].tolist()))
    if untrained:
        names = ", ".join(task.class_names[label] for label in untrained[:5])
        what = f"{len(untrained)} of {task.classes} classes have no training row ({names})."
        findings.append(
            Finding(severity="error", what=what, advice="No network can learn them; drop their validation rows.")
        )
    absent = sorted(set(range(task.classes)) - set(task.labels[task.probe_rows].tolist()))
    if absent:
        names = ", ".join(task.class_names[label] for label in absent[:5])
        what = f"{len(absent)} of {task.classes} classes have no validation row ({names})."
        findings.append(
            Finding(severity="warning", what=what, advice="Accuracy says nothing about these classes; add rows.")
        )
    return findings


def _balance(task: Task) -> list[Finding]:
    import numpy as np

    counts = np.bincount(task.labels, minlength=task.classes)
    if counts.max() <= UNBALANCED * counts.min():
        return []
    big = int(counts.argmax())
    share, name = counts[big] / counts.sum(), task.class_names[big]
    what = f"Classes are not balanced: {counts.min()} to {counts.max()} rows; {name!r} has {share:.1%}."
    advice = (
        f"A network that knows nothing reaches {share:.1%}, not 1/{task.classes} = {1 / task.classes:.1%}. Drop rows "
        "of the larger classes if you want balanced ones."
    )
    return [Finding(severity="warning", what=what, advice=advice)]


def _groups(task: Task) -> np.ndarray:
    """Group equal inputs; return the number of each row's group, int64 [rows]."""
    import numpy as np

    return np.unique(task.inputs, axis=0, return_inverse=True)[1].reshape(-1)


def _contradictions(task: Task) -> list[Finding]:
    import numpy as np

    group = _groups(task)
    pairs, counts = np.unique(np.stack([group, task.labels]), axis=1, return_counts=True)
    most = np.zeros(group.max() + 1, np.int64)
    np.maximum.at(most, pairs[0], counts)
    wrong = len(group) - int(most.sum())
    if not wrong:
        return []
    what = f"Equal inputs have different labels, so any classifier gets at least {wrong} of {len(group)} rows wrong."
    advice = f"No accuracy can exceed {most.sum() / len(group):.1%}. Look for mixed-up labels."
    return [Finding(severity="warning", what=what, advice=advice)]


def _constant(task: Task) -> list[Finding]:
    import numpy as np

    train = task.inputs[task.train_rows]
    constant = np.flatnonzero((train == train[0]).all(axis=0))
    if not len(constant):
        return []
    everything = len(constant) == train.shape[1]
    return [
        Finding(
            severity="error" if everything else "note",
            what=f"{len(constant)} of {train.shape[1]} columns are constant among the training rows.",
            advice="There is nothing to learn from: check how the inputs were made."
            if everything
            else "They carry no information and do no harm.",
        )
    ]


def _scale(task: Task) -> list[Finding]:
    import numpy as np

    train = task.inputs[task.train_rows]
    train = train[np.isfinite(train).all(axis=1)]
    deviation = train.std(axis=0) if len(train) else np.zeros(1)
    deviation = deviation[deviation > 0]
    if not len(deviation):
        return []
    if np.abs(train).max() <= 1e3 * deviation.min():
        return []
    what = f"Values reach {np.abs(train).max():.3g}, while one column varies by only {deviation.min():.3g}."
    advice = "Use `input_scale=standardized`: on raw inputs a network cannot learn from that column."
    return [Finding(severity="note", what=what, advice=advice)]


def _far(task: Task) -> list[Finding]:
    import numpy as np

    train = task.inputs[task.train_rows]
    with np.errstate(invalid="ignore"):
        deviation = train.std(axis=0)
        far = np.flatnonzero((deviation > 0) & (np.abs(train.mean(axis=0)) > 1e5 * deviation))
    if not len(far):
        return []
    what = f"{len(far)} columns vary by less than 1/100,000 of their mean (first: {_column(task, far[0])})."
    advice = "float32, which networks and `model.fit` use, keeps seven digits: subtract the mean in the file."
    return [Finding(severity="warning", what=what, advice=advice)]


def _column(task: Task, column: int) -> str:
    return f"`{task.columns[column]}`" if task.columns else f"column {column}"


def _distinct(task: Task) -> list[Finding]:
    distinct = len(set(_groups(task)[task.probe_rows].tolist()))
    if distinct == len(task.probe_rows):
        return []
    what = f"The {len(task.probe_rows)} validation rows hold {distinct} distinct inputs."
    advice = "A network is right or wrong about equal rows together; the chance level takes that into account."
    return [Finding(severity="note", what=what, advice=advice)]


def _shared(task: Task) -> list[Finding]:
    import numpy as np

    group = _groups(task)
    shared = int(np.isin(group[task.probe_rows], group[task.train_rows]).sum())
    if not shared or task.params["kind"] == "words":
        return []
    what = f"{shared} of {len(task.probe_rows)} validation rows also occur among the training rows."
    advice = "A network can remember them, which raises its accuracy. Drop duplicates."
    return [Finding(severity="note", what=what, advice=advice)]
