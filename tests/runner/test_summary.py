from __future__ import annotations

from pathlib import Path

from ablate.runner.summary import Summary


def test_a_whole_sweep_names_its_failures_and_its_report() -> None:
    summary = Summary(
        study="s",
        folder=Path("results/s"),
        planned=1200,
        kept=1200,
        trained=3,
        failures=(("a1", "it broke"),),
        report=Path("results/s/report"),
        status=("All 1,200 planned trials are here: 60 settings, 20 seeds a setting.",),
    )
    assert summary.text() == (
        "Trial a1 failed: it broke\nReport: results/s/report/report.html\n"
        "All 1,200 planned trials are here: 60 settings, 20 seeds a setting."
    )


def test_a_stopped_sweep_says_how_to_go_on() -> None:
    summary = Summary(study="s", folder=Path("results/s"), planned=4, kept=1, trained=1, stopped="SIGINT")
    assert summary.text() == (
        "SIGINT stopped the sweep. Run the same command again to train the missing trials.\n"
        "Trials: results/s\nNo trial has a result yet."
    )
