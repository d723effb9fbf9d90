from __future__ import annotations

import pytest

from ablate.results import accuracies, settings_table
from ablate.results.study_results import Results


def test_the_median_and_range_at_the_end_stand_beside_every_count(results: Results) -> None:
    table = settings_table.table(results, ["loss"]).set_index("loss")
    own = results.trials[results.trials["loss"] == "clipped"]["final_accuracy"]
    row = table.loc["clipped"]
    assert row["accuracy"] == pytest.approx(own.median())
    assert (row["accuracy_min"], row["accuracy_max"]) == (own.min(), own.max())


def test_states_are_counted_with_their_accuracy(results: Results) -> None:
    said = accuracies.endings(results.trials)
    count = int((results.trials["state"] == "escaped").sum())
    own = results.trials[results.trials["state"] == "escaped"]["final_accuracy"]
    assert f"{count} escaped, {accuracies.text(own)}" in said
    assert said.startswith("All trials, by how they ended: ")


def test_a_group_without_evaluations_has_no_accuracy(results: Results) -> None:
    trials = results.trials.assign(final_accuracy=float("nan"))
    row = accuracies.by_group(trials, ["loss"]).iloc[0]
    assert accuracies.words(*(row[name] for name in accuracies.COLUMNS)) == ""
