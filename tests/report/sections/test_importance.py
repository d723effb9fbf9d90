from __future__ import annotations

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
