from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from ablate.core.errors import ConfigError
from ablate.report import generalization as module
from ablate.report import pictures
from ablate.report.generalization import generalization
from ablate.results import study_results
from ablate.results.study_results import Results
from tests import recorded
from tests.report.drawn import described
from tests.synthetic import LOSS, build, factor, study


def on_task(folder: Path, name: str, better: str) -> Results:
    """A study on data of its own, on which the fused loss and one other escape."""
    factors = (factor("loss", LOSS), factor("task", {name: {"kind": name}}))
    own = study(factors=factors, name=name, contrasts=(), seeds=tuple(range(10)))

    def plan(levels: dict[str, str], _: np.random.Generator) -> str:
        return "escaped" if levels["loss"] in ("fused", better) else "stuck"

    results = study_results.load(build(folder, own, plan))
    return dataclasses.replace(results, trials=results.trials.assign(task_hash=name))


def test_a_remedy_is_pooled_over_tasks_and_predicted_from_three(tmp_path: Path) -> None:
    studies = [on_task(tmp_path, name, better) for name, better in (("a", ""), ("b", "mse"), ("c", ""))]
    over = generalization(studies)
    assert over.tasks == ("a", "b", "c")
    figure = described(pictures.figure(over.picture()))
    recorded.same("generalization", "\n".join([over.text(), *recorded.lines(over.table), *figure]))
    rows = over.table.set_index("remedy")
    fused, mse = (rows.loc[f"loss={name} instead of clipped"] for name in ("fused", "mse"))
    assert (fused["tasks"], fused["pairs"], fused["mean"], fused["between"]) == (3, 30, 1.0, 0.0)
    assert fused["new_low"] < 1 == fused["new_high"]
    assert mse["effects"] == "a +0.00, b +1.00, c +0.00"
    assert mse["between"] > 0.4
    assert (mse["new_low"], mse["new_high"]) == (-1, 1)
    assert "3 remedies" not in over.text()
    assert "2 remedies were tried on at least two of 3 tasks (a, b, c)" in over.text()
    assert pictures.figure(over.picture()).axes


def test_two_tasks_give_a_mean_and_one_is_refused(tmp_path: Path) -> None:
    one, two = on_task(tmp_path, "a", ""), on_task(tmp_path, "b", "")
    assert "A prediction for a new task takes 3 tasks" in generalization([one, two]).text()
    with pytest.raises(ConfigError, match="must have been tried on two tasks"):
        generalization([one, one])
    assert module.COLUMNS[0] == "remedy"
