"""Arguments of `python -m ablate`, checked and written in full for Hydra."""

from __future__ import annotations

from pathlib import Path

import pytest

from ablate.core.errors import ConfigError
from ablate.hydra_app import arguments


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["loss=fused", "path=x.npz", "task=npz"], ["loss=fused", "++task.path=x.npz", "task=npz"]),
        (["-m", "loss=clipped,fused"], ["--multirun", "hydra/sweeper=ablate", "loss=clipped,fused"]),
        (["--cfg", "job", "loss=fused"], ["--cfg=job", "hydra/sweeper=ablate", "loss=fused"]),
        (
            ["-m", "hydra/sweeper=ablate_optuna", "loss=clipped,fused", "hydra.sweeper.params.width=choice(8,16)"],
            [
                "--multirun",
                "hydra/sweeper=ablate_optuna",
                "loss=clipped,fused",
                "++hydra.sweeper.params.width='choice(8,16)'",
            ],
        ),
        (
            ["-m", "hydra.sweeper.params.width='8,16'"],
            ["--multirun", "hydra/sweeper=ablate", "++hydra.sweeper.params.width='8,16'"],
        ),
    ],
    ids=lambda value: " ".join(value),
)
def test_arguments_are_written_in_full(given: list[str], expected: list[str]) -> None:
    found = arguments.checked(given)
    assert [word for word in found if word in expected] == expected
    assert set(found) - set(expected) <= {"hydra/sweeper=ablate"}


def test_a_folder_of_levels_stands_before_those_of_the_search_path(tmp_path: Path) -> None:
    other = f"file://{Path(__file__).parent}"
    found = arguments.checked(["--config-dir", str(tmp_path), f"hydra.searchpath=[{other}]", "loss=fused"])
    assert [word for word in found if "searchpath" in word] == [f"hydra.searchpath=['file://{tmp_path}','{other}']"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            "--config-name=mine",
            (
                "--config-name must be left out: the main config is the package's own. For a study of your own, write "
                "a file experiment/NAME.yaml in a folder of yours, and use experiment=NAME. Received: 'mine'."
            ),
        ),
        (
            "--config-path=conf",
            (
                "--config-path must be left out: the main config is the package's own. For a study of your own, write "
                "a file experiment/NAME.yaml in a folder of yours, and use --config-dir=FOLDER. Received: 'conf'."
            ),
        ),
        ("--config-dir=nowhere", "--config-dir must be a folder. Received: 'nowhere'."),
        (
            "--experimental-rerun=config.pickle",
            (
                "--experimental-rerun must be left out. "
                "Use `ablate show ID --rerun`: it trains a trial again and compares."
            ),
        ),
    ],
)
def test_a_flag_without_a_meaning_here_says_what_to_use(given: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        arguments.checked([given])
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["hydra/launcher=joblip"], "Could not find 'hydra/launcher/joblip' Available options in 'hydra/launcher': "),
        (["hydra/sweeper=ablat"], "Could not find 'hydra/sweeper/ablat' Available options in 'hydra/sweeper': ablate "),
        (["hydra.sweep.dirr=x"], "Could not override 'hydra.sweep.dirr'. "),
        (
            ["hydra/sweeper=ablate_optuna", "hydra.sweeper.n_trails=3", "loss=clipped,fused"],
            "Unknown key of `hydra.sweeper`: 'n_trails'. Did you mean 'n_trials'? ",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_plugins_and_keys_of_hydra_that_cannot_be_are_named(given: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        arguments.checked(["-m", *given])
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("given", ["-m --cfg=job", "--info=defaults --multirun"])
def test_only_one_flag_says_what_to_do(given: str) -> None:
    with pytest.raises(ConfigError, match=r"Only one of .* can be given\. Received: --multirun"):
        arguments.checked(given.split())
    assert arguments.checked(given.split()[:1])
