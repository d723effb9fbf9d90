"""The Hydra application: `python -m ablate -m OVERRIDE ...` is `ablate sweep OVERRIDE ...`, `-m` left out one trial.

Hydra's own flags work (`--cfg job`, `--info`, `--help`). Its overrides are written for its parser first: shorthand
(`path=`) and parameters that a level's file leaves out are spelled out in full.
"""

from __future__ import annotations

import sys

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from ablate import configure


@hydra.main(version_base="1.3", config_path=str(configure.folder()), config_name="config")  # type: ignore[untyped-decorator]
def run(config: DictConfig) -> None:
    """Train one trial: the baseline of these overrides, with its first seed."""
    from ablate.cli import answer
    from ablate.commands import sweep

    del config  # what Hydra composed for a job; the study is composed from the overrides, as everywhere
    overrides = list(HydraConfig.get().overrides.task)
    sys.exit(answer(lambda: sweep.one(overrides)))


def check(arguments: list[str]) -> int:
    """0 if the overrides compose, else the status of their error: in our words, before Hydra says it in its own."""
    from ablate.cli import answer

    flags = [each for each in arguments if each.startswith("-")]
    if not set(flags) <= {"-m", "--multirun"}:
        return 0
    overrides = [each for each in arguments if each not in flags]
    if not flags and any("," in each for each in overrides):
        return 0  # a sweep without -m: Hydra says what to do
    return answer(lambda: int(configure.compose(overrides) is None))


if __name__ == "__main__":
    status = check(sys.argv[1:])
    if status:
        sys.exit(status)
    sys.argv[1:] = [configure.spelled_out(each) for each in sys.argv[1:]]
    run()
