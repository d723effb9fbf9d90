from __future__ import annotations

import pandas as pd

from ablate.report.sections import importance
from ablate.report.trial_groups import trial_groups
from ablate.results.study_results import Results


def test_anova_is_over_the_full_part_of_a_union(union_results: Results) -> None:
    (group,) = trial_groups(union_results)
    trials, names = importance._full_grid(group, union_results.study)
    assert names == ["loss", "learning_rate"]
    assert len(trials) == 2 * 3 * 8
    frame, note = importance._shares(group, union_results.study, "escaped")
    assert set(frame["cells"]) == {6}
    assert "over the 6 settings of loss, learning_rate" in note


def test_the_conclusion_is_of_the_probability_and_of_what_has_a_name() -> None:
    rows = [
        ("probability", "loss", 0.3),
        ("probability", "loss:width", 0.4),
        ("probability", "rest", 0.6),
        ("probability", "width", float("nan")),
        ("logit", "width", 0.9),
    ]
    frame = pd.DataFrame(rows, columns=["scale", "term", "share"]).assign(low=0.1, high=0.52)
    said = importance._conclusion(frame, "x").text
    assert said.startswith("x: loss with width explains most, 40")
    assert said.endswith("[10, 52] of the variance.")
    assert importance._conclusion(frame[2:], "x").text == "x: no share can be estimated."
