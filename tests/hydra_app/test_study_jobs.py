"""Several studies from one command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from ablate import configure
from ablate.core.errors import ConfigError
from ablate.hydra_app import study_jobs


def test_every_combination_of_study_wide_values_is_a_study_with_a_name_of_its_own() -> None:
    jobs = study_jobs.split(["steps=100,400", "loss=clipped,fused", "engine=fused,reference"], configure.compose)
    assert [job.name for job in jobs] == [
        "loss-steps-100-engine-fused",
        "loss-steps-100-engine-reference",
        "loss-steps-400-engine-fused",
        "loss-steps-400-engine-reference",
    ]
    assert jobs[0].words == (
        "steps=100",
        "loss=clipped,fused",
        "engine=fused",
        "study=loss-steps-100-engine-fused",
    )
    assert all(configure.compose(job.words).name == job.name for job in jobs)


def test_a_line_without_study_wide_values_is_one_study_as_it_stands() -> None:
    (job,) = study_jobs.split(["loss=clipped,fused", "seed=0,1", "design=full,pairs"], configure.compose)
    assert (job.name, job.words) == ("loss", ("loss=clipped,fused", "seed=0,1", "design=full,pairs"))


def test_a_glob_lists_the_experiments_of_every_folder(tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "blogs.yaml").write_text("# @package _global_\nquestion: why?\n")
    jobs = study_jobs.split([f"hydra.searchpath=[file://{tmp_path}]", "experiment=glob(blog*)"], configure.compose)
    assert [job.name for job in jobs] == ["blog", "blogs"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            ["steps=range(1,1000)", "looks=1,2,3,4"],
            "One line must describe at most 1,000 studies. Received: 3,996.",
        ),
        (
            ["steps=interval(1,5)"],
            "`steps` must have a list of values, not an interval. Received: 'steps=interval(1,5)'.",
        ),
    ],
)
def test_a_line_that_cannot_be_split_says_why(given: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        study_jobs.split(given, configure.compose)
    assert str(caught.value) == message


def test_params_of_the_sweeper_give_way_to_the_command_line() -> None:
    params = {"loss": "clipped,fused", "+width": 8, "optimizer": "sgd", "seed": [1, 2]}
    assert study_jobs.with_params(params, ["++loss=mse", "~optimizer", "width=16"]) == [
        "seed=[1,2]",
        "++loss=mse",
        "~optimizer",
        "width=16",
    ]
    assert study_jobs.with_params(None, ["loss=mse"]) == ["loss=mse"]
