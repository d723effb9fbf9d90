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
    )
    assert summary.text() == (
        "Trial a1 failed: it broke\n1,200 of 1,200 trials have a result in results/s.\nReport: results/s/report"
    )


def test_a_stopped_sweep_says_how_to_go_on() -> None:
    summary = Summary(study="s", folder=Path("results/s"), planned=4, kept=1, trained=1, stopped="SIGINT")
    assert summary.text() == (
        "1 of 4 trials have a result in results/s.\n"
        "SIGINT stopped the sweep. Run the same command again to train the missing trials."
    )
