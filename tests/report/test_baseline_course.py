from __future__ import annotations

import pandas as pd
import pytest

from ablate.report import baseline_course


def trials(*rows: tuple[str, float, float, bool]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["state", "best_accuracy", "final_accuracy", "after_escape"])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("escaped", 0.97, 0.96, False), "learns and keeps it in 2 of 2 seeds (at the end .96)."),
        (("collapsed", 0.92, 0.1, False), "learns to accuracy .92, then loses it in 2 of 2 seeds (at the end .10)."),
        (("stuck", 0.12, 0.1, False), "never learns in 2 of 2 seeds (at the end .10)."),
        (("unclear", 0.3, 0.3, False), "learns nothing that could not be luck in 2 of 2 seeds (at the end .30)."),
        (
            ("slow", 0.2, 0.2, False),
            "has not learned when training ends, but is on its way, in 2 of 2 seeds (at the end .20).",
        ),
        (("diverged", 0.12, 0.1, False), "diverges in 2 of 2 seeds (at the end .10)."),
        (("diverged", 0.9, 0.1, True), "learns to accuracy .90, then diverges in 2 of 2 seeds (at the end .10)."),
        (("failed", float("nan"), float("nan"), False), "ends with an error in 2 of 2 seeds."),
    ],
)
def test_each_way_to_end_has_its_sentence(row: tuple[str, float, float, bool], said: str) -> None:
    assert baseline_course.sentence(trials(row, row)) == f"The baseline {said}"


def test_the_numbers_are_of_the_trials_that_the_sentence_is_about() -> None:
    rows = [("collapsed", 0.9, 0.1, False), ("collapsed", 0.8, 0.3, False), ("escaped", 0.99, 0.98, False)]
    assert baseline_course.sentence(trials(*rows)) == (
        "The baseline learns to accuracy .85, then loses it in 2 of 3 seeds (at the end .20; lowest .10, highest .30). "
        "The others: 1 escaped."
    )


def test_a_baseline_that_was_not_run_is_said_not_to_be() -> None:
    assert baseline_course.sentence(trials()) == "The baseline itself was not run."


def test_a_single_trial_has_its_sentence_and_half_of_the_seeds_are_not_most() -> None:
    assert "never learns in 1 of 1 seeds" in baseline_course.sentence(trials(("stuck", 0.1, 0.1, False)))
    half = [("diverged", 0.9, 0.1, after) for after in (True, False)]
    assert "The baseline diverges in 2 of 2 seeds" in baseline_course.sentence(trials(*half))
